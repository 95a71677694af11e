import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tailFree } from './tail-free.js';
import { candidatesOf, descending, expectBetween, rows, shares, softmax, tokensOf } from './testing/naive.js';

/** After Phénix & Egan: the normalised absolute second differences of the sorted probabilities, summed up to z. */
function defined(row: Float32Array, z: number): number[] {
  const order = descending(row);
  const probabilities = softmax(row);
  const sorted = order.map((token) => probabilities[token] as number);
  const first = sorted.slice(1).map((p, i) => p - (sorted[i] as number));
  const second = first.slice(1).map((d, i) => Math.abs(d - (first[i] as number)));
  const total = second.reduce((a, b) => a + b, 0);
  if (total < 1e-15) return order;
  const isInTail = (rank: number): boolean => second.slice(0, rank).reduce((a, b) => a + b, 0) / total > z;
  // Rank 0 stays whatever the curve says; the last has no second difference of its own and goes with the one before.
  return order.filter((_, rank) => rank === 0 || (rank < order.length - 1 && !isInTail(rank)));
}

describe('tailFree', () => {
  it('cuts where the second differences have reached z', () => {
    fc.assert(
      fc.property(rows, shares, (row, z) => {
        const candidates = candidatesOf(row);
        tailFree(candidates, z);
        expectBetween(candidates, (share) => defined(row, share), z);
      }),
    );
  });

  it('keeps all where there is no curve', () => {
    for (const row of [[1], [2, 1], [1, 1, 1, 1]]) {
      const candidates = candidatesOf(Float32Array.from(row));
      tailFree(candidates, 0.5);
      expect(tokensOf(candidates)).toEqual([...row.keys()]);
    }
  });
});
