import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RotaryOptions, rotaryFrequencies } from './rotary-frequencies.js';
import { rotaryTable } from './rotary-table.js';

interface RotaryCase {
  readonly name: string;
  readonly options: RotaryOptions;
  readonly sequenceLength: number;
  readonly frequencies: readonly number[];
  readonly attentionFactor: number;
}

/** Made by fixtures/make.py. */
const cases: readonly RotaryCase[] = JSON.parse(
  readFileSync(new URL('./fixtures/rotary.json', import.meta.url), 'utf8'),
);

describe('rotaryFrequencies', () => {
  it.each(cases)('are those of transformers: $name', ({ options, sequenceLength, frequencies, attentionFactor }) => {
    const ours = rotaryFrequencies(options, sequenceLength);
    expect(ours.frequencies).toHaveLength(frequencies.length);
    for (const [i, frequency] of frequencies.entries()) {
      expect(Math.abs((ours.frequencies[i] ?? 0) / frequency - 1)).toBeLessThan(1e-6);
    }
    expect(Math.abs(ours.attentionFactor - attentionFactor)).toBeLessThan(1e-6);
  });

  it('go into a table with the attention factor, chosen by its positions or by the sequence length given', () => {
    for (const name of ['longrope, long', 'yarn with mscale', 'dynamic, 5000 tokens']) {
      const known = cases.find((entry) => entry.name === name);
      if (!known) throw new Error(`no case ${name}`);
      const { options, sequenceLength, frequencies, attentionFactor } = known;
      const given = rotaryTable({ ...options, sequenceLength }, 8);
      for (const table of name.startsWith('dynamic') ? [given] : [rotaryTable(options, sequenceLength), given]) {
        for (const [i, frequency] of frequencies.entries()) {
          const at = 7 * frequencies.length + i;
          expect(Math.abs((table.cos[at] ?? 0) - attentionFactor * Math.cos(7 * frequency))).toBeLessThan(5e-6);
          expect(Math.abs((table.sin[at] ?? 0) - attentionFactor * Math.sin(7 * frequency))).toBeLessThan(5e-6);
        }
      }
    }
  });

  it('of dynamic scaling are in each row of a table those of the sequence that ends there', () => {
    for (const name of ['dynamic, 100 tokens', 'dynamic, 2048 tokens', 'dynamic, 5000 tokens']) {
      const known = cases.find((entry) => entry.name === name);
      if (!known) throw new Error(`no case ${name}`);
      const { options, sequenceLength, frequencies } = known;
      const { cos } = rotaryTable(options, 5001);
      const last = sequenceLength - 1;
      for (const [i, frequency] of frequencies.entries()) {
        // Torch rounds frequencies to float32, and positions multiply that.
        expect(Math.abs((cos[last * frequencies.length + i] ?? 0) - Math.cos(last * frequency))).toBeLessThan(1e-3);
      }
    }
  });

  it.each<[string, Partial<RotaryOptions>, RegExp]>([
    ['an odd number of elements', { headDim: 5 }, /rotates 5 elements/],
    ['no elements', { headDim: 0 }, /rotates 0 elements/],
    ['a base of 0', { theta: 0 }, /theta 0/],
    ['a factor of 0', { scaling: { type: 'linear', factor: 0 } }, /Infinity/],
    [
      'factors of another head size',
      {
        scaling: { type: 'longrope', shortFactors: [1], longFactors: [1, 1], originalContextLength: 8, factor: 2 },
      },
      /1 short factors of longrope, but its heads need 2/,
    ],
    [
      'llama3 scaling that gives no number',
      {
        scaling: {
          type: 'llama3',
          factor: 8,
          lowFrequencyFactor: 0,
          highFrequencyFactor: 0,
          originalContextLength: 0,
        },
      },
      /NaN/,
    ],
  ])('refuse %s', (_name, changes, message) => {
    expect(() => rotaryFrequencies({ headDim: 4, theta: 100, ...changes }, 9)).toThrow(
      expect.objectContaining({ code: 'Model', message: expect.stringMatching(message) }),
    );
  });
});
