import type { SamplingParams } from './sampling-params.js';

/** Sampling values by name. The three named here are those that every engine with presets has. */
export interface SamplingPresets {
  /** `temperature` 0. */
  readonly greedy: Partial<SamplingParams>;
  /** `temperature` 1.2, `topP` 0.9, `topK` 50, `repetitionPenalty` 1.1. */
  readonly creative: Partial<SamplingParams>;
  /** `temperature` 0.3, `topP` 0.95, `topK` 20, `repetitionPenalty` 1.05. */
  readonly precise: Partial<SamplingParams>;
  readonly [name: string]: Partial<SamplingParams>;
}
