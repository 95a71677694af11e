import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePair } from './merge-pair.js';

describe('parsePair', () => {
  const token = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.string({ unit: fc.constantFrom(',', '"', '\\', '[', ']', 'a'), minLength: 1 }),
  );

  it('finds the union and the cut, whatever has to be escaped', () => {
    fc.assert(
      fc.property(token, token, (left, right) => {
        expect(parsePair(JSON.stringify([left, right]))).toEqual({ union: left + right, leftLength: left.length });
      }),
    );
  });
});
