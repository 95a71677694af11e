import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NextToken } from './next-token.js';
import { Sampling } from './sampling.js';
import type { RowLogits } from './search.js';
import type { TokenRules } from './token-rules.js';

const rules: TokenRules = {
  endOfText: 6,
  timestampBegin: 8,
  noTimestamps: 7,
  vocabularySize: 10,
  suppressed: [7],
  suppressedFirst: [6],
  timestamps: false,
  maxInitialTimestamp: 8,
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
};

/** A language: the logits after a sequence depend on its last token and its length. */
function logitsAfter(tokens: readonly number[]): RowLogits {
  const last = tokens.at(-1) ?? 3;
  const logits = Float32Array.from({ length: 10 }, (_, id) => 2 * Math.sin(1 + last * 3 + id * 7 + tokens.length));
  const textLogSum = Math.log(logits.subarray(0, 8).reduce((sum, logit) => sum + Math.exp(logit), 0));
  return { logits, textLogSum };
}

function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('drawn texts', () => {
  it('follow the sequences that the search asks for, and are ranked by what they score', () => {
    const settings = fc.record({
      seed: fc.nat(),
      bestOf: fc.integer({ min: 1, max: 6 }),
      maxTokens: fc.integer({ min: 1, max: 12 }),
      lengthPenalty: fc.constantFrom(0, 0.6, 1, 2),
      temperature: fc.constantFrom(0.2, 1, 2),
    });
    fc.assert(
      fc.property(settings, ({ seed, bestOf, maxTokens, lengthPenalty, temperature }) => {
        const random = numbers(seed);
        const search = new Sampling({ rules, prefix: [], temperature, bestOf, lengthPenalty, maxTokens, random });
        expect(search.width).toBe(bestOf);
        let sequences: number[][] = [[]];
        while (sequences.length > 0) {
          const next = search.next(sequences.map(logitsAfter));
          expect(next.length).toBeLessThanOrEqual(bestOf);
          sequences = next.map(({ parent, token }) => [...(sequences[parent] as number[]), token]);
        }
        expect(search.results).toHaveLength(bestOf);
        const scores = search.results.map(({ tokens, sumLogProb }) => {
          expect(tokens.length).toBeLessThanOrEqual(maxTokens);
          expect(tokens).not.toContain(rules.endOfText);
          const whole = tokens.length < maxTokens ? [...tokens, rules.endOfText] : tokens;
          const sum = whole.reduce((total, token, at) => {
            const { logits, textLogSum } = logitsAfter(tokens.slice(0, at));
            const found = new NextToken(logits, textLogSum, rules, [], tokens.slice(0, at)).best(10);
            return total + (found.find((one) => one.token === token)?.logProb ?? -Infinity);
          }, 0);
          expect(sumLogProb).toBeCloseTo(sum, 4);
          return sumLogProb / Math.max(1, tokens.length) ** lengthPenalty;
        });
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
      }),
      { numRuns: 200 },
    );
  });

  it('begin with different tokens', () => {
    const options = { rules, prefix: [], temperature: 2, bestOf: 5, lengthPenalty: 1, maxTokens: 9 };
    const search = new Sampling({ ...options, random: numbers(1) });
    const first = search.next([logitsAfter([])]);
    expect(new Set(first.map(({ token }) => token)).size).toBeGreaterThan(1);
    expect(first.every(({ parent }) => parent === 0)).toBe(true);
  });
});
