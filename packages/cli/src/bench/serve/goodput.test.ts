import { describe, expect, it } from 'vitest';
import { goalsArgument, meets } from './goodput.js';
import { latenciesOf } from './latencies.js';

/** Three tokens in two pieces, the first after 100 ms, the last after 200. */
const trace = { pieceMs: [100, 200], endMs: 210, text: 'abc', usage: { promptTokens: 1, completionTokens: 3 } };

describe('latencies', () => {
  it('are those of the pieces, and the time of a token that of the tokens behind the first', () => {
    expect(latenciesOf(trace)).toEqual({
      timeToFirstTokenMs: 100,
      interTokenLatencyMs: [100],
      timePerOutputTokenMs: 50,
      endToEndMs: 210,
    });
  });

  it('of one token have nothing between tokens', () => {
    const one = { pieceMs: [5], endMs: 6, text: 'a' };
    expect(latenciesOf(one)).toMatchObject({ interTokenLatencyMs: [], timePerOutputTokenMs: undefined });
    expect(meets(one, { itl: 0 })).toBe(true);
  });
});

describe('goals', () => {
  it('are met when all of them are', () => {
    expect(meets(trace, { ttft: 100, itl: 50, e2e: 210 })).toBe(true);
    expect(meets(trace, {})).toBe(true);
    expect(meets(trace, { ttft: 99 })).toBe(false);
    expect(meets(trace, { itl: 49 })).toBe(false);
    expect(meets(trace, { e2e: 209, ttft: 100 })).toBe(false);
  });

  it.each([
    ['ttft:500,itl:50,e2e:30000', { ttft: 500, itl: 50, e2e: 30_000 }],
    ['e2e:2.5', { e2e: 2.5 }],
    ['ttft:500 itl:50', { ttft: 500, itl: 50 }],
  ])('%s is read', (text, goals) => {
    expect(goalsArgument(text)).toEqual(goals);
  });

  it.each(['', 'ttft', 'ttft:', 'ttft:-1', 'tpot:5', 'ttft:1,ttft:2', 'ttft:1,'])('%j is refused', (text) => {
    expect(() => goalsArgument(text)).toThrow('It must be goals in ms');
  });
});
