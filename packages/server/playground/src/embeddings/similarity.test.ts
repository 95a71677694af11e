import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extremePairs, formatSimilarity, similarityMatrix } from './similarity.js';

const vectors = fc.integer({ min: 1, max: 8 }).chain((length) =>
  fc.array(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: length, maxLength: length }), {
    minLength: 1,
    maxLength: 6,
  }),
);

describe('similarityMatrix', () => {
  it('is the cosine of the angle, whatever the lengths', () => {
    const [first] = similarityMatrix([
      [2, 0],
      [0, 7],
      [-3, 0],
      [1, Math.sqrt(3)],
    ]);
    for (const [index, expected] of [1, 0, -1, 0.5].entries()) expect(first?.[index]).toBeCloseTo(expected, 12);
  });

  it('is symmetric, within −1 and 1, and never NaN', () => {
    fc.assert(
      fc.property(vectors, (list) => {
        const matrix = similarityMatrix(list);
        for (const [row, values] of matrix.entries()) {
          for (const [column, value] of values.entries()) {
            expect(Math.abs(value)).toBeLessThanOrEqual(1);
            expect(value).toBe(matrix[column]?.[row]);
          }
        }
      }),
    );
  });

  it('likens a vector of zeros to nothing', () => {
    expect(
      similarityMatrix([
        [0, 0],
        [1, 0],
      ])[0],
    ).toEqual([0, 0]);
  });
});

describe('extremePairs', () => {
  it('finds the nearest and the farthest of the different lines', () => {
    const pairs = extremePairs([
      [1, 0.2, 0.9],
      [0.2, 1, -0.1],
      [0.9, -0.1, 1],
    ]);
    expect(pairs?.nearest).toEqual({ first: 0, second: 2, similarity: 0.9 });
    expect(pairs?.farthest).toEqual({ first: 1, second: 2, similarity: -0.1 });
    expect(extremePairs([[1]])).toBeUndefined();
  });
});

describe('formatSimilarity', () => {
  it('writes two digits, and zero without a sign', () => {
    expect([0.125, 1, -0.004, -0.5].map(formatSimilarity)).toEqual(['0.13', '1.00', '0.00', '−0.50']);
  });
});
