import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PoolingMode, weightedModes, writePoolingWeights } from './pooling.js';

const modes = ['cls', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'] as const;

function weightsOf(mode: PoolingMode, length: number, from: number, tokens: number): Float32Array {
  const weights = new Float32Array(tokens);
  writePoolingWeights(weights, mode, { length, from });
  return weights;
}

describe('the weights of pooling', () => {
  /**
   * What `Pooling(6, mode, include_prompt=False)` of sentence-transformers 6.2 makes of the identity matrix, with so many
   * tokens and a prompt of so many.
   */
  it.each<[PoolingMode, length: number, from: number, expected: number[]]>([
    ['cls', 1, 0, [1, 0, 0, 0, 0, 0]],
    ['cls', 4, 0, [1, 0, 0, 0, 0, 0]],
    ['cls', 4, 2, [0, 0, 1, 0, 0, 0]],
    ['cls', 5, 4, [0, 0, 0, 0, 1, 0]],
    ['mean', 1, 0, [1, 0, 0, 0, 0, 0]],
    ['mean', 4, 0, [0.25, 0.25, 0.25, 0.25, 0, 0]],
    ['mean', 6, 0, [0.1666667, 0.1666667, 0.1666667, 0.1666667, 0.1666667, 0.1666667]],
    ['mean', 4, 2, [0, 0, 0.5, 0.5, 0, 0]],
    ['mean_sqrt_len_tokens', 1, 0, [1, 0, 0, 0, 0, 0]],
    ['mean_sqrt_len_tokens', 4, 0, [0.5, 0.5, 0.5, 0.5, 0, 0]],
    ['mean_sqrt_len_tokens', 6, 0, [0.4082483, 0.4082483, 0.4082483, 0.4082483, 0.4082483, 0.4082483]],
    ['mean_sqrt_len_tokens', 4, 2, [0, 0, Math.SQRT1_2, Math.SQRT1_2, 0, 0]],
    ['weightedmean', 1, 0, [1, 0, 0, 0, 0, 0]],
    ['weightedmean', 4, 0, [0.1, 0.2, 0.3, 0.4, 0, 0]],
    ['weightedmean', 6, 0, [0.04761905, 0.0952381, 0.1428571, 0.1904762, 0.2380952, 0.2857143]],
    ['weightedmean', 4, 2, [0, 0, 0.4285714, 0.5714286, 0, 0]],
    ['weightedmean', 5, 4, [0, 0, 0, 0, 1, 0]],
    ['lasttoken', 1, 0, [1, 0, 0, 0, 0, 0]],
    ['lasttoken', 4, 2, [0, 0, 0, 1, 0, 0]],
    ['lasttoken', 6, 0, [0, 0, 0, 0, 0, 1]],
  ])('by %s of %i tokens from token %i on are those of sentence-transformers', (mode, length, from, expected) => {
    const weights = weightsOf(mode, length, from, 6);
    for (const [i, weight] of expected.entries()) expect(weights[i]).toBeCloseTo(weight, 6);
  });

  it('are 0 for the prompt and the padding, never negative, and add up to 1, or by the root of the length to the root', () => {
    const span = fc.tuple(fc.integer({ min: 1, max: 600 }), fc.nat(599), fc.nat(50));
    fc.assert(
      fc.property(fc.constantFrom(...modes), span, (mode, [length, prompt, padding]) => {
        const from = prompt % length;
        const weights = weightsOf(mode, length, from, length + padding);
        const sum = weights.reduce((total, weight) => total + weight, 0);
        expect(sum).toBeCloseTo(mode === 'mean_sqrt_len_tokens' ? Math.sqrt(length - from) : 1, 4);
        expect(weights.every((weight, i) => weight >= 0 && (weight === 0 || (i >= from && i < length)))).toBe(true);
      }),
    );
  });

  it('are none by max, which is no sum', () => {
    expect(weightsOf('max', 3, 0, 4)).toEqual(new Float32Array(4));
    expect(weightedModes(['mean', 'max', 'cls'])).toEqual(['mean', 'cls']);
  });
});
