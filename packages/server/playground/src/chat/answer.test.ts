import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSentences } from './sentences.js';
import { answerTiming, tick } from './timing.js';

describe('answerTiming', () => {
  const clock = [100, 200, 300].reduce((state, now) => tick(state, now), { sentAt: 40, pieces: 0 });

  it('counts the rate after the first token, with the tokens that the server counted', () => {
    expect(answerTiming(clock, 9)).toEqual({
      tokens: 9,
      estimated: false,
      timeToFirstTokenMs: 60,
      tokensPerSecond: 40,
    });
  });

  it('counts pieces and says so when the server did not count', () => {
    expect(answerTiming(clock)).toMatchObject({ tokens: 3, estimated: true, tokensPerSecond: 10 });
  });

  it('has no rate of one token and no times of none', () => {
    expect(answerTiming(tick({ sentAt: 0, pieces: 0 }, 5), 1)).not.toHaveProperty('tokensPerSecond');
    expect(answerTiming({ sentAt: 0, pieces: 0 })).toEqual({ tokens: 0, estimated: true });
  });
});

describe('nextSentences', () => {
  it('waits for the end of a sentence or line', () => {
    expect(nextSentences('Iron is', 0, false)).toEqual({ speak: '', next: 0 });
    expect(nextSentences('Iron is 26. It ru', 0, false)).toEqual({ speak: 'Iron is 26.', next: 11 });
    expect(nextSentences('Pi is 3.14', 0, false).speak).toBe('');
    expect(nextSentences('鉄は強い。次', 0, false).speak).toBe('鉄は強い。');
    expect(nextSentences('Iron is 26. It ru', 11, true).speak).toBe('It ru');
  });

  it('speaks all of a text once, however it grows', () => {
    const text = 'First one. Second!\n- third\nFourth? no end';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        let from = 0;
        let said = '';
        for (const end of [...cuts].sort((left, right) => left - right)) {
          const { speak, next } = nextSentences(text.slice(0, end), from, false);
          said += speak;
          from = next;
        }
        said += nextSentences(text, from, true).speak;
        expect(said.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    );
  });
});
