import type { PromptUsage } from '../engine/prompt-usage.js';

export interface RerankResult {
  /** Best first. */
  readonly results: readonly RankedDocument[];
  readonly model: string;
  readonly usage: PromptUsage;
}

export interface RankedDocument {
  /** Among the documents handed over. */
  readonly index: number;
  /** The model's logit. */
  readonly score: number;
  /** `1 / (1 + exp(−score))`, 0 to 1. */
  readonly relevanceScore: number;
  /** Present with `returnDocuments`. */
  readonly document?: string;
}
