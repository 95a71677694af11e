import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceLogProbabilities } from '../testing/reference-rules.js';
import { NextToken } from './next-token.js';
import type { TokenRules } from './token-rules.js';

const textTokens = 20;
const noTimestamps = 27;
const timestampBegin = 28;
const vocabularySize = 40;
const plain: TokenRules = {
  endOfText: textTokens,
  timestampBegin,
  noTimestamps,
  vocabularySize,
  suppressed: [],
  suppressedFirst: [],
  timestamps: true,
  maxInitialTimestamp: timestampBegin + 3,
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
};

const token = fc.integer({ min: 0, max: vocabularySize - 1 });
const cases = fc.record({
  logits: fc.array(fc.float({ min: -40, max: 40, noNaN: true }), {
    minLength: vocabularySize,
    maxLength: vocabularySize,
  }),
  prefix: fc.array(fc.integer({ min: 0, max: textTokens - 1 }), { maxLength: 3 }),
  written: fc.array(fc.oneof(fc.integer({ min: 0, max: textTokens - 1 }), token), { maxLength: 8 }),
  rules: fc.record({
    // Never all text: something must be left that may follow.
    suppressed: fc.uniqueArray(fc.integer({ min: 1, max: noTimestamps - 1 }).filter((id) => id !== textTokens)),
    suppressedFirst: fc.constantFrom([], [3, textTokens]),
    timestamps: fc.boolean(),
    repetitionPenalty: fc.constantFrom(1, 1, 1.3, 0.7),
    noRepeatNgramSize: fc.constantFrom(0, 0, 1, 2, 3),
  }),
});

function prepare({ logits, prefix, written, rules }: typeof cases extends fc.Arbitrary<infer Case> ? Case : never) {
  const all: TokenRules = { ...plain, ...rules, suppressed: [...rules.suppressed].sort((a, b) => a - b) };
  const given = Float32Array.from(logits);
  const textLogSum = Math.fround(logSumExp(given.subarray(0, timestampBegin)));
  const reference = referenceLogProbabilities(given, all, prefix, written, (lead) => {
    // Which of the two wins such a tie is a matter of rounding.
    fc.pre(!(Math.abs(lead) < 1e-5));
  });
  return { reference, make: () => new NextToken(given.slice(), textLogSum, all, prefix, written) };
}

describe('the next token', () => {
  it('has the probabilities that the rules leave', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 12 }), (one, count) => {
        const { reference, make } = prepare(one);
        fc.pre(reference.some(Number.isFinite));
        const best = make().best(count);
        const sorted = [...reference].sort((a, b) => b - a);
        const possible = sorted.filter(Number.isFinite).length;
        expect(best).toHaveLength(Math.min(count, possible));
        for (const [place, { token: id, logProb }] of best.entries()) {
          expect(Math.abs(logProb - (reference[id] ?? 0))).toBeLessThan(2e-4);
          expect(Math.abs(logProb - (sorted[place] ?? 0))).toBeLessThan(2e-4);
        }
        expect(new Set(best.map(({ token: id }) => id)).size).toBe(best.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses rules that leave nothing', () => {
    const suppressed = Array.from({ length: timestampBegin }, (_, id) => id);
    const logits = new Float32Array(vocabularySize);
    const sum = Math.log(timestampBegin);
    // After one timestamp a text must come.
    expect(() => new NextToken(logits, sum, { ...plain, suppressed }, [], [timestampBegin])).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining('suppressTokens') }),
    );
  });

  it('refuses logits that are no numbers', () => {
    const logits = new Float32Array(vocabularySize);
    for (const sum of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => new NextToken(logits, sum, plain, [], [])).toThrow(expect.objectContaining({ code: 'Backend' }));
    }
  });

  it('is drawn as often as the temperature says', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0.2, 0.7, 1, 3), (one, temperature) => {
        const { reference, make } = prepare(one);
        fc.pre(reference.some(Number.isFinite));
        const weights = reference.map((logProb) => Math.exp((logProb - Math.max(...reference)) / temperature));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const draws = 1000;
        const drawn = new Float64Array(vocabularySize);
        const next = make();
        for (let i = 0; i < draws; i++) {
          const { token: id, logProb } = next.sample(temperature, (i + 0.5) / draws);
          drawn[id] = (drawn[id] ?? 0) + 1 / draws;
          expect(Math.abs(logProb - (reference[id] ?? 0))).toBeLessThan(2e-4);
        }
        for (const id of drawn.keys()) {
          expect(Math.abs((drawn[id] ?? 0) - (weights[id] ?? 0) / total)).toBeLessThan(1.5 / draws);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function logSumExp(values: Float32Array): number {
  const highest = Math.max(...values);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}
