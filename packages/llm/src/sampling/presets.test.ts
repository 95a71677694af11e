import { expect, it } from 'vitest';
import { presets } from './presets.js';

it('has the documented presets', () => {
  expect(presets).toEqual({
    greedy: { temperature: 0 },
    creative: { temperature: 1.2, topP: 0.9, topK: 50, repetitionPenalty: 1.1 },
    precise: { temperature: 0.3, topP: 0.95, topK: 20, repetitionPenalty: 1.05 },
  });
});
