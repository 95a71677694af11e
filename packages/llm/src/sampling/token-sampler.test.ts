import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SamplingOptions } from './sampling-options.js';
import { descending, rows, softmax, until } from './testing/naive.js';
import { type SamplingContext, TokenSampler } from './token-sampler.js';

const plain: SamplingOptions = {
  temperature: 1,
  topP: 1,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: new Map(),
  bannedTokens: [],
  forcedTokens: [],
  minTokens: 0,
  seed: 0,
  topLogprobs: undefined,
};
const nothing: SamplingContext = {
  promptTokens: [],
  endTokens: new Set(),
  tokenText: () => undefined,
  vocabularySize: 40,
};

function sampler(options: Partial<SamplingOptions>, context: Partial<SamplingContext> = {}): TokenSampler {
  return new TokenSampler({ ...plain, ...options }, { ...nothing, ...context });
}

describe('TokenSampler', () => {
  it('is the argmax at temperature 0 and with topK 1', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (row, seed) => {
        const best = row.indexOf(Math.max(...row));
        expect(sampler({ temperature: 0, seed }).next(row.slice())).toEqual({ token: best });
        expect(sampler({ topK: 1, seed }).next(row.slice())).toEqual({ token: best });
      }),
    );
  });

  it('only gives tokens within top-k and the nucleus of what top-k left', () => {
    const topK = fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined });
    const topP = fc.double({ min: 0.01, max: 1, noNaN: true });
    const temperatures = fc.double({ min: 0.05, max: 5, noNaN: true });
    fc.assert(
      fc.property(rows, temperatures, topK, topP, fc.nat(), (row, temperature, k, p, seed) => {
        const one = sampler({ temperature, topP: p, seed, ...(k === undefined ? {} : { topK: k }) });
        const kept = descending(row).slice(0, k);
        const probabilities = softmax(row, temperature);
        const share = kept.reduce((sum, token) => sum + (probabilities[token] as number), 0);
        const expected = until(kept, probabilities, p * share * (1 + 1e-9));
        for (let i = 0; i < 20; i++) expect(expected).toContain(one.next(row.slice()).token);
      }),
    );
  });

  it('draws with the probabilities of the softmax (chi-squared, 3 degrees of freedom)', () => {
    const row = Float32Array.from([0, 1, 2, -1]);
    const probabilities = softmax(row, 0.7);
    const one = sampler({ temperature: 0.7, seed: 7 });
    const draws = 20_000;
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < draws; i++) counts[one.next(row).token]! += 1;
    const chiSquared = counts.reduce((sum, count, i) => {
      const expected = draws * (probabilities[i] as number);
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    // The 99.9th percentile; the seed is fixed, so this cannot flake.
    expect(chiSquared).toBeLessThan(16.27);
  });

  it('repeats itself with the same seed and differs with another', () => {
    const row = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const run = (seed: number) => {
      const one = sampler({ seed });
      return Array.from({ length: 50 }, () => one.next(row).token);
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    // Seeds that differ above the lowest 32 bits differ too.
    expect(run(1)).not.toEqual(run(1 + 2 ** 40));
  });

  it('applies bias, masks and penalties in the documented order', () => {
    const row = Float32Array.of(4, 3, 2, -1);
    const best = (options: Partial<SamplingOptions>, context: Partial<SamplingContext> = {}) =>
      sampler({ temperature: 0, ...options }, context).next(row.slice()).token;
    expect(best({ bannedTokens: [0] })).toBe(1);
    // A bias does not bring a banned token back.
    expect(best({ bannedTokens: [0], logitBias: new Map([[0, 100]]) })).toBe(1);
    expect(best({ logitBias: new Map([[3, 6]]) })).toBe(3);
    // The penalty acts on the biased logit: (−1 + 6.5) / 2 is less than 4, −1 · 2 + 6.5 would be more.
    expect(best({ logitBias: new Map([[3, 6.5]]), repetitionPenalty: 2 }, { promptTokens: [3] })).toBe(0);
    expect(best({ repetitionPenalty: 2 }, { promptTokens: [0, 1] })).toBe(0);
    expect(best({ repetitionPenalty: 2.5 }, { promptTokens: [0, 1] })).toBe(2);
  });

  it('applies typicalP before topP, each to what the one before left', () => {
    // Typical keeps the two middle tokens; the nucleus of the whole row would be the first one alone.
    const row = Float32Array.from([0.5, 0.2, 0.18, 0.12].map(Math.log));
    const drawn = (options: Partial<SamplingOptions>) => {
      const one = sampler(options);
      return new Set(Array.from({ length: 200 }, () => one.next(row).token));
    };
    expect(drawn({ topP: 0.45 })).toEqual(new Set([0]));
    // Entropy 1.231; distances: 0.538, 0.378, 0.484, 0.889.
    expect(drawn({ typicalP: 0.3 })).toEqual(new Set([1, 2]));
    expect(drawn({ typicalP: 0.3, topP: 0.45 })).toEqual(new Set([1]));
    expect(drawn({ typicalP: 0.3, minP: 0.95 })).toEqual(new Set([1]));
    expect(drawn({ minP: 0.39 })).toEqual(new Set([0, 1]));
  });

  it('penalises the answer as it grows', () => {
    const one = sampler({ temperature: 0, presencePenalty: 0.5, frequencyPenalty: 0.3 });
    // 2, then 1.2 and 1.5; 1.2 and 0.7; 0.9 and 0.7; 0.6 and 0.7 …
    const answer = Array.from({ length: 5 }, () => one.next(Float32Array.of(2, 1.5)).token);
    expect(answer).toEqual([0, 1, 0, 0, 1]);
  });

  it('begins with the forced tokens, then holds back the end until there are enough', () => {
    const one = sampler(
      { temperature: 0, forcedTokens: [3, 3], minTokens: 4, topLogprobs: 1 },
      { endTokens: new Set([0, 1]) },
    );
    const row = Float32Array.of(3, 2, 1, 0);
    const logprobs = softmax(row).map(Math.log);
    const answer = Array.from({ length: 5 }, () => one.next(row.slice()));
    expect(answer.map(({ token }) => token)).toEqual([3, 3, 2, 2, 0]);
    // As the model gave them, whatever was forced or masked.
    for (const { token, logprobs: given } of answer) {
      expect(given?.logprob).toBeCloseTo(logprobs[token] as number, 6);
      expect(given?.top).toEqual([{ token: 0, logprob: expect.closeTo(logprobs[0] as number, 6) }]);
    }
  });

  it('never repeats a sequence with dry', () => {
    const dry = { multiplier: 100, base: 1.75, allowedLength: 1, penaltyLastN: 1000, sequenceBreakers: ['\n'] };
    const one = sampler({ temperature: 0, dry }, { promptTokens: [0, 1, 0], tokenText: (token) => `${token}` });
    expect(one.next(Float32Array.of(1, 3, 2)).token).toBe(2);
  });

  it.each([{}, { mirostat: { mode: 2, tau: 3, eta: 0.1 } }, { mirostat: { mode: 1, tau: 3, eta: 0.1 } }] as const)(
    'goes on after a restart as if there had been none: %o',
    (extra) => {
      const options = { ...extra, repetitionPenalty: 1.2, frequencyPenalty: 0.4, forcedTokens: [7], minTokens: 12 };
      const row = (step: number) => Float32Array.from({ length: 40 }, (_, i) => 3 * Math.sin(i * (step + 1)));
      const run = (one: TokenSampler, from: number, to: number) =>
        Array.from({ length: to - from }, (_, i) => one.next(row(from + i)).token);
      const context = { promptTokens: [1, 2, 3], endTokens: new Set([4, 5]) };
      const [whole, first, second] = [1, 1, 99].map((seed) => sampler({ ...options, seed }, context)) as [
        TokenSampler,
        TokenSampler,
        TokenSampler,
      ];
      const begun = run(first, 0, 10);
      second.restore(begun, JSON.parse(JSON.stringify(first.exportState())));
      expect([...begun, ...run(second, 10, 30)]).toEqual(run(whole, 0, 30));
    },
  );

  it.each([null, 7, [], {}, { random: [1, 2, 3] }, { random: [1, 2, 3, 4] }])('refuses the state %j', (state) => {
    expect(() => sampler({ mirostat: { mode: 2, tau: 3, eta: 0.1 } }).restore([], state)).toThrow(
      expect.objectContaining({ code: 'Serialization' }),
    );
  });

  it('refuses damaged rows as the fault of the model, even where the token is forced or banned', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const options of [{}, { temperature: 0 }, { forcedTokens: [1] }, { bannedTokens: [0] }]) {
        expect(() => sampler(options).next(Float32Array.of(bad, 1))).toThrow(
          expect.objectContaining({ code: 'Backend' }),
        );
      }
    }
  });

  it('names the parameters that leave nothing to choose or overflow', () => {
    const refusal = (options: Partial<SamplingOptions>, context: Partial<SamplingContext> = {}): unknown => {
      try {
        return sampler(options, context).next(Float32Array.of(1, 2));
      } catch (error) {
        return FerrumError.isInstance(error) && `${error.code}: ${error.message}`;
      }
    };
    expect(refusal({ bannedTokens: [0], minTokens: 1 }, { endTokens: new Set([1]) })).toBe(
      'RequestValidation: `sampling.bannedTokens`, `sampling.minTokens` leave no token to choose.',
    );
    expect(refusal({ repetitionPenalty: 1e-300 }, { promptTokens: [0] })).toBe(
      'RequestValidation: `sampling.repetitionPenalty` overflow a logit.',
    );
  });
});
