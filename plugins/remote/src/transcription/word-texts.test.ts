import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wordTexts } from './word-texts.js';

it.each([
  [' Ever tried, ever failed.', ['Ever', 'tried', 'ever', 'failed'], [' Ever', ' tried,', ' ever', ' failed.']],
  [' "No matter," he said', ['No', 'matter', 'he', 'said'], [' "No', ' matter,"', ' he', ' said']],
  [' one (two) three', ['one', 'two', 'three'], [' one', ' (two)', ' three']],
  ['今天天气', ['今天', '天气'], ['今天', '天气']],
  [' something else', ['not', 'there'], [' not', ' there']],
  ['', [], []],
])('finds the words of "%s"', (text, words, expected) => {
  expect(wordTexts(text, words)).toEqual(expected);
});

it('gives words that are the text when joined', () => {
  const word = fc.stringMatching(/^[a-z]{1,5}$/);
  const mark = fc.constantFrom('', ',', '.', '?"');
  fc.assert(
    fc.property(fc.array(fc.tuple(word, mark), { minLength: 1 }), (parts) => {
      const text = parts.map(([letters, after]) => ` ${letters}${after}`).join('');
      expect(
        wordTexts(
          text,
          parts.map(([letters]) => letters),
        ).join(''),
      ).toBe(text);
    }),
  );
});
