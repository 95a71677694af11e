import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BytePairMerger } from './byte-pair-merger.js';
import type { Merges } from './definition.js';
import { MapVocabulary } from './map-vocabulary.js';
import { readMerges } from './merges-by-rank.js';

/** The definition itself: merge the lowest pair, the leftmost of equals, again and again. */
function mergeOneByOne(characters: readonly string[], rank: (left: string, right: string) => number): string[] {
  const symbols = [...characters];
  for (;;) {
    const ranks = symbols.slice(1).map((right, at) => rank(symbols[at] ?? '', right));
    const best = Math.min(Number.POSITIVE_INFINITY, ...ranks);
    if (best === Number.POSITIVE_INFINITY) return symbols;
    const at = ranks.indexOf(best);
    symbols.splice(at, 2, symbols.slice(at, at + 2).join(''));
  }
}

const letters = ['a', 'b', '😀', '\u0301'];
const text = (maxLength: number) => fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength });
const vocabularyOf = (tokens: readonly string[]) => new MapVocabulary(new Map(tokens.map((token, id) => [token, id])));

describe('BytePairMerger', () => {
  it('merges listed pairs as one by one, some characters being no tokens', () => {
    const half = text(3);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(half, half), { selector: (pair) => pair.join(' '), maxLength: 40 }),
        fc.subarray(letters),
        fc.array(text(400), { minLength: 1, maxLength: 3 }),
        (pairs, known, words) => {
          const vocabulary = vocabularyOf([...new Set([...known, ...pairs.map((pair) => pair.join(''))])]);
          const merger = new BytePairMerger(vocabulary, readMerges(pairs, vocabulary, 'merges'));
          const ranks = new Map(pairs.map((pair, rank) => [pair.join(' '), rank]));
          for (const word of words) {
            expect(merger.split(word)).toEqual(
              mergeOneByOne([...word], (left, right) => ranks.get(`${left} ${right}`) ?? Number.POSITIVE_INFINITY),
            );
          }
        },
      ),
    );
  });

  it('takes the leftmost of pairs with one rank, also where a merge makes a pair that comes first', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(text(4), fc.nat(3)), { selector: ([token]) => token, maxLength: 30 }),
        text(400),
        (scored, word) => {
          const ranks = new Map(scored);
          const vocabulary = vocabularyOf([...ranks.keys()]);
          const merges: Merges = { rank: (id) => ranks.get(vocabulary.text(id) ?? '') };
          expect(new BytePairMerger(vocabulary, merges).split(word)).toEqual(
            mergeOneByOne([...word], (left, right) => ranks.get(left + right) ?? Number.POSITIVE_INFINITY),
          );
        },
      ),
    );
  });

  it('ends the last character of each word with a suffix', () => {
    const vocabulary = vocabularyOf(['a', 'b', 'a</w>', 'ba</w>', 'aa']);
    const merges = readMerges(['b a</w>', 'a a'], vocabulary, 'merges');
    const merger = new BytePairMerger(vocabulary, merges, '</w>');
    expect(['aba', 'aab', 'a', 'ba', '😀', ''].map((word) => merger.split(word))).toEqual([
      ['a', 'ba</w>'],
      ['aa', 'b</w>'],
      ['a</w>'],
      ['ba</w>'],
      ['😀</w>'],
      [],
    ]);
  });
});
