import { describe, expect, it } from 'vitest';
import { dropHallucinations, isSegmentAnomaly, lastWordEnd, wordAnomalyScore } from './hallucinations.js';
import { fixture } from './testing/fixture.js';

describe('invented text', () => {
  it('is found where faster-whisper finds it, over whole recordings', () => {
    for (const { threshold, frames, windows, seeks, kept } of fixture.hallucinations) {
      let lastSpeechEnd = 0;
      const found: number[][] = [];
      const foundSeeks = windows.slice(0, 1).map(({ seek }) => seek);
      for (const window of windows) {
        const end = lastWordEnd(window.segments);
        const isAfter = end !== undefined && end > window.seek / 100;
        const checked = dropHallucinations({
          segments: window.segments,
          silenceThreshold: threshold,
          windowSeek: window.seek,
          windowFrames: window.frames,
          audioFrames: frames,
          seek: !window.single && isAfter ? Math.round(end * 100) : window.seek + window.frames,
          lastSpeechEnd,
        });
        foundSeeks.push(checked.seek);
        if (checked.decodesAgain) continue;
        lastSpeechEnd = lastWordEnd(checked.segments) ?? lastSpeechEnd;
        for (const { start, end: stop } of checked.segments) if (start !== stop) found.push([window.seek, start]);
      }
      expect(found).toEqual(kept);
      // The last window ends the recording: nobody seeks after it.
      expect(foundSeeks.slice(0, seeks.length)).toEqual(seeks);
    }
  });

  it('shows in improbable, very short and very long words', () => {
    const word = { word: ' w', start: 0, end: 0.5, probability: 0.9 };
    expect(wordAnomalyScore(word)).toBe(0);
    expect(wordAnomalyScore({ ...word, probability: 0.1 })).toBe(1);
    expect(wordAnomalyScore({ ...word, end: 0.033 })).toBeCloseTo(1.5, 10);
    expect(wordAnomalyScore({ ...word, end: 3.5 })).toBeCloseTo(1.5, 10);
    expect(isSegmentAnomaly({ start: 0, end: 1, words: [] })).toBe(false);
    expect(isSegmentAnomaly(undefined)).toBe(false);
  });

  it('has no end where there are no segments', () => {
    expect(lastWordEnd([])).toBeUndefined();
    expect(lastWordEnd([{ start: 0, end: 2, words: [] }])).toBe(2);
  });
});
