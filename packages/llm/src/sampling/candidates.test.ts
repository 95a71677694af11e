import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Candidates } from './candidates.js';
import { sortByProbability } from './sort-candidates.js';
import { candidatesOf, descending, rows, softmax, tokensOf } from './testing/naive.js';

describe('Candidates', () => {
  it('are the k tokens with the largest logits, in the proportions of the softmax', () => {
    const temperatures = fc.double({ min: 0.6, max: 3, noNaN: true });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 45 }), temperatures, (row, k, temperature) => {
        const candidates = new Candidates();
        candidates.take(row, Math.max(...row), temperature, k);
        const expected = descending(row).slice(0, k);
        expect(tokensOf(candidates)).toEqual(expected.toSorted((a, b) => a - b));
        const probabilities = softmax(row, temperature);
        const best = Math.max(...probabilities);
        for (let i = 0; i < candidates.count; i++) {
          const token = candidates.tokens[i] as number;
          expect((candidates.weights[i] as number) * best).toBeCloseTo(probabilities[token] as number, 12);
        }
      }),
    );
  });

  it('leaves out what is ruled out, at any temperature', () => {
    const row = Float32Array.of(1, Number.NEGATIVE_INFINITY, 0);
    for (const temperature of [1e-300, 1, 1e308]) {
      for (const k of [2, 3]) {
        const candidates = new Candidates();
        candidates.take(row, 1, temperature, k);
        expect(tokensOf(candidates)).not.toContain(1);
      }
    }
  });

  it('sort by probability, equal ones by id, both zeros being equal', () => {
    fc.assert(
      fc.property(rows, (row) => {
        for (const token of row.keys()) if (row[token] === 0 && token % 2 === 0) row[token] = -0;
        const candidates = candidatesOf(row);
        sortByProbability(candidates);
        expect([...candidates.tokens.subarray(0, candidates.count)]).toEqual(descending(row));
      }),
    );
  });
});
