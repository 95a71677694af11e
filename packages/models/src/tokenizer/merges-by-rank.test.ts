import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MapVocabulary } from './map-vocabulary.js';
import { readMerges } from './merges-by-rank.js';

describe('readMerges', () => {
  it('ranks pairs as a table of them does, with tokens made in several ways and merges listed twice', () => {
    // Few letters, so that most unions are made by several pairs.
    const half = fc.string({ unit: fc.constantFrom('a', 'b', '"'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half)), fc.boolean(), (pairs, asText) => {
        const table = new Map(pairs.map((pair, rank) => [JSON.stringify(pair), rank]));
        const unions = new Set(pairs.map(([left, right]) => left + right));
        const vocabulary = new MapVocabulary(new Map([...unions].map((text, id) => [text, id])));
        const merges = readMerges(asText ? pairs.map((pair) => pair.join(' ')) : pairs, vocabulary, 'merges');
        for (const [left] of pairs) {
          for (const [, right] of pairs) {
            const key = JSON.stringify([left, right]);
            const union = vocabulary.get(left + right);
            expect(union === undefined ? union : merges.rank(union, left.length), key).toBe(table.get(key));
          }
        }
      }),
    );
  });

  it.each([['a'], [' a'], ['a '], ['a b c'], [['a']], [['a', '']], [['a', 1]], [null]])('refuses %j', (merge) => {
    expect(() => readMerges([merge], new MapVocabulary(new Map([['ab', 0]])), 'merges')).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining('merges[0]') }),
    );
  });
});
