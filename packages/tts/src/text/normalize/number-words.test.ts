import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cardinal, decimal, digitByDigit, ordinal, pluralOfNumber, year } from './number-words.js';

type Words = Readonly<Record<string, string>>;

const reference: { readonly cardinal: Words; readonly ordinal: Words; readonly year: Words } = JSON.parse(
  readFileSync(new URL('./fixtures/number-words.json', import.meta.url), 'utf8'),
);

/** num2words puts commas between groups, a hyphen after "oh" in years, and misspells 10^54. */
const plain = (words: string): string =>
  words.replace(/,/g, '').replace('oh-', 'oh ').replace('septdecillion', 'septendecillion');
const withoutAnd = (words: string): string => plain(words).replace(/ and /g, ' ');

describe('number words', () => {
  it('are the cardinals of num2words, with and without "and"', () => {
    for (const [digits, words] of Object.entries(reference.cardinal)) {
      expect(cardinal(digits, true)).toBe(plain(words));
      expect(cardinal(digits, false)).toBe(withoutAnd(words));
    }
  });

  it('are the ordinals of num2words', () => {
    for (const [digits, words] of Object.entries(reference.ordinal)) {
      expect(ordinal(digits, true)).toBe(plain(words));
      expect(ordinal(digits, false)).toBe(withoutAnd(words));
    }
  });

  it('are the years of num2words', () => {
    for (const [digits, words] of Object.entries(reference.year)) {
      expect(year(digits, true)).toBe(plain(words));
    }
  });

  it('read codes, long numbers and decimals digit by digit', () => {
    expect(cardinal('007', false)).toBe('zero zero seven');
    expect(cardinal('1'.repeat(67), false)).toBe(Array(67).fill('one').join(' '));
    expect(digitByDigit('90210')).toBe('nine zero two one zero');
    expect(decimal('1,234.50', false)).toBe('one thousand two hundred thirty-four point five zero');
    expect(decimal('.5', false)).toBe('point five');
  });

  it('have plurals', () => {
    expect(['twenty', 'six', 'eighteen hundred'].map(pluralOfNumber)).toEqual([
      'twenties',
      'sixes',
      'eighteen hundreds',
    ]);
  });
});
