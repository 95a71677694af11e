import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minP } from './min-p.js';
import { candidatesOf, rows, shares, softmax, tokensOf } from './testing/naive.js';

describe('minP', () => {
  it('keeps the tokens whose probability is at least p times the largest', () => {
    fc.assert(
      fc.property(rows, shares, (row, p) => {
        const candidates = candidatesOf(row);
        minP(candidates, p);
        const probabilities = softmax(row);
        const least = p * Math.max(...probabilities);
        const from = (border: number) => [...row.keys()].filter((token) => (probabilities[token] as number) >= border);
        const kept = tokensOf(candidates);
        expect(kept).toEqual(expect.arrayContaining(from(least * (1 + 1e-9))));
        expect(from(least * (1 - 1e-9))).toEqual(expect.arrayContaining(kept));
      }),
    );
  });
});
