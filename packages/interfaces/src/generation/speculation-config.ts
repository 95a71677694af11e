import type { ModelConfig } from '../models/model-config.js';

/** Leviathan et al. 2023. */
export interface SpeculationConfig {
  /** Tokens drafted before each check, ≥ 1. */
  readonly speculationDepth: number;
  /** Drafting stops for the rest of the request once fewer than this fraction of drafted tokens are accepted, 0 to 1. Default 0. */
  readonly acceptanceThreshold?: number;
  /** A smaller model with the same vocabulary. Default: drafts are looked up among the n-grams of the text so far. */
  readonly draftModelConfig?: ModelConfig;
}
