import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutWord } from './cut-word.js';
import { divide } from './divide.js';

interface Item {
  readonly length: number;
  readonly quality: number;
}
const lengthOf = ({ length }: Item) => length;
const cutQuality = ({ quality }: Item) => quality;

describe('dividing', () => {
  it('leaves together what fits', () => {
    expect(lengths([item(50, 2), item(50, 2)], 100)).toEqual([100]);
    expect(divide([], { limit: 1, lengthOf, cutQuality })).toEqual([]);
  });

  it('cuts between clauses, as evenly as can be, into no more parts than needed', () => {
    expect(
      lengths(
        [20, 20, 20, 20, 20, 20].map((length) => item(length, 2)),
        100,
      ),
    ).toEqual([60, 60]);
    expect(
      lengths(
        [60, 60, 60].map((length) => item(length, 2)),
        100,
      ),
    ).toEqual([60, 60, 60]);
  });

  it('cuts between words only where a clause is too long, before a conjunction if there is one', () => {
    const long = [...words(10, 8), item(10, 1), ...words(10, 3), item(10, 2)];
    expect(lengths([item(30, 2), ...long, item(30, 2)], 100)).toEqual([30, 90, 70]);
    expect(lengths(words(10, 15), 100)).toEqual([80, 70]);
  });

  it('gives an item that is too long a part of its own', () => {
    expect(lengths([item(10, 2), item(500, 2), item(10, 2), item(10, 2)], 100)).toEqual([10, 500, 20]);
  });

  it('finds the best of all divisions', () => {
    const items = fc.array(fc.record({ length: fc.nat(9), quality: fc.nat(2) }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 25 }), (given, limit) => {
        const parts = divide(given, { limit, lengthOf, cutQuality });
        expect(parts.flat()).toEqual(given);
        const allowed = divisions(given).filter((division) =>
          division.every((part) => part.length === 1 || total(part) <= limit),
        );
        const best = allowed.map(costOf).sort(compare)[0];
        expect(costOf(parts)).toEqual(best);
      }),
    );
  });

  it('refuses what is no length or limit', () => {
    for (const limit of [0, -1, Number.NaN]) {
      expect(() => divide([item(1, 1)], { limit, lengthOf, cutQuality })).toThrow(/limit must be greater than 0/);
    }
    for (const length of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => divide([item(length, 1)], { limit: 9, lengthOf, cutQuality })).toThrow(/length of item 0 must be/);
    }
  });
});

describe('cutting a word', () => {
  it('makes the fewest, even pieces, between grapheme clusters', () => {
    expect(cutWord('abcdefghij', 4)).toEqual(['abcd', 'efg', 'hij']);
    expect(cutWord('short', 10)).toEqual(['short']);
    expect(cutWord('', 3)).toEqual([]);
    expect(cutWord('e\u0301e\u0301👩‍👩‍👧क्षि', 1)).toEqual(['e\u0301', 'e\u0301', '👩‍👩‍👧', 'क्षि']);
    expect(() => cutWord('a', 0)).toThrow(/limit must be a whole number from 1 on, not 0/);
    expect(() => cutWord('a', 1.5)).toThrow(/not 1.5/);
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), (text, limit) => {
        expect(cutWord(text, limit).join('')).toBe(text);
      }),
    );
  });
});

function item(length: number, quality: number): Item {
  return { length, quality };
}

function words(length: number, count: number): Item[] {
  return Array.from({ length: count }, () => item(length, 0));
}

function lengths(items: readonly Item[], limit: number): number[] {
  return divide(items, { limit, lengthOf, cutQuality }).map(total);
}

function total(part: readonly Item[]): number {
  return part.reduce((sum, { length }) => sum + length, 0);
}

function divisions(items: readonly Item[]): Item[][][] {
  return Array.from({ length: 2 ** (items.length - 1) }, (_, cuts) => {
    const parts: Item[][] = [[]];
    for (const [index, one] of items.entries()) {
      parts.at(-1)?.push(one);
      if (index < items.length - 1 && (cuts >> index) & 1) parts.push([]);
    }
    return parts;
  });
}

/** Cuts of quality 0, 1 and 2, then how uneven. */
function costOf(parts: readonly (readonly Item[])[]): number[] {
  const qualities = parts.slice(0, -1).map((part) => part.at(-1)?.quality);
  const counts = [0, 1, 2].map((quality) => qualities.filter((one) => one === quality).length);
  return [...counts, parts.reduce((sum, part) => sum + total(part) ** 2, 0)];
}

function compare(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((value, position) => value !== other[position]);
  return index < 0 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}
