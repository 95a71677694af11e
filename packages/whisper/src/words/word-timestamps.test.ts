import { describe, expect, it } from 'vitest';
import { fixture } from './testing/fixture.js';
import { addWordTimestamps } from './word-timestamps.js';

const endOfText = 1000;

describe('word timestamps', () => {
  it('are those of faster-whisper, and so are the segments around them', () => {
    for (const { timed, speechEnd, ...input } of fixture.timestamps) {
      const found = addWordTimestamps({ ...input, endOfText });
      expect(found.lastSpeechEnd).toBeCloseTo(speechEnd, 2);
      expect(found.segments).toHaveLength(timed.length);
      for (const [index, segment] of found.segments.entries()) {
        const expected = timed[index];
        expect(segment.words.map(({ word }) => word)).toEqual(expected?.words.map(({ word }) => word));
        expect(times([segment, ...segment.words])).toEqual(times([expected, ...(expected?.words ?? [])]));
      }
    }
  });

  it('keep the other fields of a segment and name no time in more than ms', () => {
    const [segment] = addWordTimestamps({
      segments: [{ start: 0, end: 3, tokens: [1, 2], note: 'kept' }],
      words: [
        { word: ' a', tokens: [1], start: 0.02, end: 0.34, probability: 0.9 },
        { word: ' b', tokens: [2], start: 0.34, end: 1.1, probability: 0.8 },
      ],
      endOfText,
      windowStart: 0.07,
      lastSpeechEnd: 0,
    }).segments;
    expect(segment).toEqual({
      start: 0.09,
      end: 1.17,
      tokens: [1, 2],
      note: 'kept',
      words: [
        { word: ' a', start: 0.09, end: 0.41, probability: 0.9 },
        { word: ' b', start: 0.41, end: 1.17, probability: 0.8 },
      ],
    });
  });

  it('are none for a segment without text', () => {
    const segments = [{ start: 1, end: 2, tokens: [1001] }];
    const found = addWordTimestamps({ segments, words: [], endOfText, windowStart: 0, lastSpeechEnd: 0.5 });
    expect(found).toEqual({ segments: [{ start: 1, end: 2, tokens: [1001], words: [] }], lastSpeechEnd: 0.5 });
  });
});

function times(of: readonly ({ readonly start: number; readonly end: number } | undefined)[]): number[] {
  return of.flatMap((one) => (one === undefined ? [] : [one.start, one.end])).map((time) => Math.round(time * 1000));
}
