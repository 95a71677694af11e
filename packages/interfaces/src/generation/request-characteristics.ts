import type { LatencyRequirements } from './latency-requirements.js';

/** The load an engine should be set up for. */
export interface RequestCharacteristics {
  readonly avgInputTokens: number;
  readonly avgOutputTokens: number;
  /** Requests at a time. */
  readonly typicalBatchSize: number;
  readonly latencyRequirements: LatencyRequirements;
}
