import { describe, expect, it } from 'vitest';
import { defaultAppendPunctuations, defaultPrependPunctuations, mergePunctuations } from './merge-punctuations.js';
import { fixture } from './testing/fixture.js';

const word = (text: string, start: number) => ({
  word: text,
  tokens: [start],
  start,
  end: start + 1,
  probability: 0.5,
});

describe('punctuation', () => {
  it('joins its neighbours as in faster-whisper', () => {
    for (const { words, merged } of fixture.punctuations) {
      expect(mergePunctuations(words, defaultPrependPunctuations, defaultAppendPunctuations)).toEqual(merged);
    }
  });

  it('leaves the times of the word it joins, and both sides of a word may have some', () => {
    const merged = mergePunctuations(
      [word(' (', 0), word('word', 1), word(')', 2), word('.', 3), word(' next', 4)],
      defaultPrependPunctuations,
      defaultAppendPunctuations,
    );
    expect(merged).toEqual([
      { word: ' (word).', tokens: [0, 1, 2, 3], start: 1, end: 2, probability: 0.5 },
      word(' next', 4),
    ]);
  });
});
