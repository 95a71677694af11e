import type { InferenceResponse } from './inference-response.js';

export interface SpeculativeResponse extends InferenceResponse {
  readonly speculation: SpeculationStats;
}

export interface SpeculationStats {
  readonly draftedTokens: number;
  readonly acceptedTokens: number;
  /** `acceptedTokens / draftedTokens`, 0 to 1; absent when nothing was drafted. */
  readonly acceptanceRate?: number;
}
