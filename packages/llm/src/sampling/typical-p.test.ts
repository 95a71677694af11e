import fc from 'fast-check';
import { describe, it } from 'vitest';
import { candidatesOf, descending, expectBetween, rows, shares, softmax, until } from './testing/naive.js';
import { typicalP } from './typical-p.js';

describe('typicalP', () => {
  it('keeps the tokens whose surprise is nearest to the entropy until their sum reaches p', () => {
    fc.assert(
      fc.property(rows, shares, fc.double({ min: 0.5, max: 2, noNaN: true }), (row, p, temperature) => {
        const candidates = candidatesOf(row, temperature);
        typicalP(candidates, p);
        const probabilities = softmax(row, temperature);
        const entropy = probabilities.reduce((sum, q) => sum - q * Math.log(q), 0);
        // In units of a logit and to eight digits or so: two distances that near are equal.
        const nearness = probabilities.map((q) => -Math.round(1e7 * temperature * Math.abs(entropy + Math.log(q))));
        const clear = new Set(nearness).size === new Set(row).size;
        fc.pre(clear);
        expectBetween(candidates, (share) => until(descending(nearness), probabilities, share), p);
      }),
    );
  });
});
