import type { SamplingPresets } from '@ferrum/interfaces';

/** The presets that every engine with presets has, with the values that `SamplingPresets` documents. */
export const presets = {
  greedy: { temperature: 0 },
  creative: { temperature: 1.2, topP: 0.9, topK: 50, repetitionPenalty: 1.1 },
  precise: { temperature: 0.3, topP: 0.95, topK: 20, repetitionPenalty: 1.05 },
} as const satisfies SamplingPresets;
