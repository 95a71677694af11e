import { describe, expect, it } from 'vitest';
import { joinSamples, samplesOf } from './stream-samples.js';

function trace(tokenMs: readonly number[], { promptTokens = 10, cachedTokens = 0 } = {}) {
  const completionTokens = tokenMs.length;
  return {
    tokenMs,
    usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, cachedTokens },
  };
}

describe('streams side by side', () => {
  const samples = samplesOf([
    trace([100, 200, 300, 400]),
    trace([150, 250, 350]),
    trace([200, 210], { cachedTokens: 4 }),
  ]);

  it('have a time to the first token each, and a gap between each two tokens', () => {
    expect(samples.timeToFirstTokenMs).toEqual([100, 150, 200]);
    expect(samples.interTokenLatencyMs).toEqual([100, 100, 100, 100, 100, 10]);
  });

  it('are prefilled once the last has its first token; what a cache held is not computed', () => {
    // 10 + 10 + 6 tokens in 200 ms.
    expect(samples.prefillTokensPerSecond).toEqual([130]);
  });

  it('decode from the last first token to the first last one', () => {
    // From 200 ms to 300 ms: 300 of one stream, 250 and 300 of the other.
    const [rate] = samplesOf([trace([100, 200, 300, 400]), trace([200, 250, 300])]).decodeTokensPerSecond;
    expect(rate).toBeCloseTo(30, 10);
  });
});

it('streams one after the other have no decode speed of all together', () => {
  expect(samplesOf([trace([100, 200]), trace([300, 400])]).decodeTokensPerSecond).toEqual([]);
});

it('a single token has neither gap nor decode speed', () => {
  const { interTokenLatencyMs, decodeTokensPerSecond } = samplesOf([trace([100])]);
  expect({ interTokenLatencyMs, decodeTokensPerSecond }).toEqual({
    interTokenLatencyMs: [],
    decodeTokensPerSecond: [],
  });
});

it('repeats are samples of the same measures', () => {
  const joined = joinSamples([samplesOf([trace([100, 200])]), samplesOf([trace([50, 100])])]);
  expect(joined).toEqual({
    timeToFirstTokenMs: [100, 50],
    interTokenLatencyMs: [100, 50],
    decodeTokensPerSecond: [10, 20],
    prefillTokensPerSecond: [100, 200],
  });
});
