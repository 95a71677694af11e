import { describe, expect, it } from 'vitest';
import { transcript } from '../../testing/canned.js';
import { clockTime, paragraphsOf, wordAt } from './words.js';

const asText = (paragraphs: ReturnType<typeof paragraphsOf>) =>
  paragraphs.map((words) => words.map(({ before, text }) => before + text).join(''));

describe('paragraphsOf', () => {
  it('puts each word into its segment, with what stands between them', () => {
    expect(asText(paragraphsOf(transcript))).toEqual(['Iron is strong.', 'It rusts in rain.']);
  });

  it('puts no space where the text has none', () => {
    const words = ['鉄', 'は', '強い'].map((word, index) => ({ word, start: index, end: index + 1 }));
    const segments = [{ start: 0, end: 3, text: '鉄は強い' }];
    expect(asText(paragraphsOf({ language: 'japanese', duration: 3, text: '鉄は強い', segments, words }))).toEqual([
      '鉄は強い',
    ]);
  });

  it('keeps every word, also one that the text does not have or that lies past the last segment', () => {
    const words = [
      { word: 'one', start: 0, end: 1 },
      { word: 'two', start: 8, end: 9 },
    ];
    const segments = [{ start: 0, end: 1, text: ' One' }];
    expect(asText(paragraphsOf({ language: 'english', duration: 9, text: 'One', segments, words }))).toEqual([
      'one two',
    ]);
  });

  it('makes do with segments, with words, or with nothing', () => {
    const { words: _, ...withoutWords } = transcript;
    expect(asText(paragraphsOf(withoutWords))).toEqual(['Iron is strong.', 'It rusts in rain.']);
    const { segments: __, ...withoutSegments } = transcript;
    expect(asText(paragraphsOf(withoutSegments))).toEqual(['Iron is strong. It rusts in rain.']);
    expect(paragraphsOf({ language: 'english', duration: 1, text: '' })).toEqual([]);
  });
});

describe('wordAt', () => {
  const words = paragraphsOf(transcript).flat();

  it.each([
    [0, 'Iron'],
    [0.4, 'is'],
    [1.39, 'strong.'],
    [2.2, 'in'],
    [3.5, 'rain.'],
  ])('at %f s is %s', (time, text) => {
    expect(words[wordAt(words, time)]?.text).toBe(text);
  });

  it('is none before the first word and long after one', () => {
    expect(wordAt([{ start: 1, end: 2, text: 'a' }], 0.5)).toBe(-1);
    expect(wordAt([{ start: 1, end: 2, text: 'a' }], 3)).toBe(-1);
    expect(wordAt([], 0)).toBe(-1);
  });
});

describe('clockTime', () => {
  it.each([
    [0, '0:00'],
    [61.9, '1:01'],
    [3723, '1:02:03'],
  ])('writes %f as %s', (seconds, text) => {
    expect(clockTime(seconds)).toBe(text);
  });
});
