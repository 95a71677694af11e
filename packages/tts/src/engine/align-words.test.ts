import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignWords } from './align-words.js';

/** `0-1 1-2`: the phoneme words of each word. */
function read(words: string, phonemes: string): string {
  const lengths = (text: string) => text.split(' ').flatMap((word) => (word === '' ? [] : [word.length]));
  return alignWords(lengths(words), lengths(phonemes))
    .map(({ first, end }) => `${first}-${end}`)
    .join(' ');
}

describe('words and the phonemes that say them', () => {
  it.each([
    ['one for one', 'the cat sat', 'ðə kæt sæt', '0-1 1-2 2-3'],
    ['run together in the middle', 'edge of the bay', 'ɛdʒ ʌvðə beɪ', '0-1 1-2 1-2 2-3'],
    ['run together at the start', 'in the house', 'ɪnðə haʊs', '0-1 0-1 1-2'],
    ['run together at the end', 'what is it', 'wʌt ɪzɪt', '0-1 1-2 1-2'],
    ['twice', 'out of the edge of the bay', 'aʊt ʌvðə ɛdʒ ʌvðə beɪ', '0-1 1-2 1-2 2-3 3-4 3-4 4-5'],
    ['one read as several', 'room aaaabbbbcccc here', 'ɹuːm tuː twɛnti wʌn hɪɹ', '0-1 1-4 4-5'],
    ['both', 'of the xxxxxxxxxxxxxx end', 'ʌvðə twɛnti faɪv sɛvən ɛnd', '0-1 0-1 1-4 4-5'],
    ['nothing was said', 'a b', '', '0-0 0-0'],
    ['no words', '', 'a b', ''],
    ['all in one', 'a b c', 'abc', '0-1 0-1 0-1'],
    ['one for all', 'abc', 'a b c', '0-3'],
  ])('%s', (_, words, phonemes, matches) => {
    expect(read(words, phonemes)).toBe(matches);
  });

  it('are in order, leave no phonemes out and stay within them, whatever they are', () => {
    const lengths = fc.array(fc.nat(20), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(lengths, lengths, (words, phonemes) => {
        const matches = alignWords(words, phonemes);
        expect(matches).toHaveLength(words.length);
        expect(matches[0]?.first).toBe(0);
        expect(matches.at(-1)?.end).toBe(phonemes.length);
        for (const [index, { first, end }] of matches.entries()) {
          expect(end).toBeGreaterThan(first);
          const before = matches[index - 1];
          if (!before) continue;
          // After the word before, or with it.
          const isShared = before.first === first && before.end === end;
          expect(isShared || before.end === first).toBe(true);
        }
      }),
    );
  });

  it('are matched where there are far more of one kind than of the other', () => {
    const many = Array.from({ length: 150 }, () => 3);
    expect(alignWords(many, [9]).every(({ first, end }) => first === 0 && end === 1)).toBe(true);
    expect(alignWords([9], many)).toEqual([{ first: 0, end: 150 }]);
  });
});
