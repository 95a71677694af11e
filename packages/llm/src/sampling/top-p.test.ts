import fc from 'fast-check';
import { describe, it } from 'vitest';
import { candidatesOf, descending, expectBetween, rows, shares, softmax, until } from './testing/naive.js';
import { topP } from './top-p.js';

describe('topP', () => {
  it('keeps the most probable tokens until their sum reaches p', () => {
    fc.assert(
      fc.property(rows, shares, (row, p) => {
        const candidates = candidatesOf(row);
        topP(candidates, p);
        expectBetween(candidates, (share) => until(descending(row), softmax(row), share), p);
      }),
    );
  });
});
