import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mirostat } from './mirostat.js';
import { Random } from './random.js';
import { candidatesOf, descending, rows, softmax, tokensOf } from './testing/naive.js';

const params = { tau: 3, eta: 0.2 };

/** Equations 2 and 30 of Basu et al. 2020, for probabilities in descending order. */
function topKOf(sorted: readonly number[], vocabularySize: number, mu: number): number {
  const pairs = sorted.slice(0, 100).flatMap((p, i) => {
    const next = sorted[i + 1];
    return next === undefined ? [] : [{ t: Math.log((i + 2) / (i + 1)), b: Math.log(p / next) }];
  });
  const s = pairs.reduce((sum, { t, b }) => sum + t * b, 0) / pairs.reduce((sum, { t }) => sum + t * t, 0);
  const epsilon = s - 1;
  return ((epsilon * 2 ** mu) / (1 - vocabularySize ** -epsilon)) ** (1 / s);
}

describe('Mirostat', () => {
  it.each([1, 2] as const)('mode %i moves mu by what the surprise was off', (mode) => {
    fc.assert(
      fc.property(rows, fc.nat(), (row, seed) => {
        const mirostat = new Mirostat({ mode, ...params });
        expect(mirostat.mu).toBe(2 * params.tau);
        const candidates = candidatesOf(row);
        const token = mirostat.choose(candidates, row.length, new Random(seed));
        const surprise = -Math.log2(softmax(row)[token] as number);
        expect(mirostat.mu).toBeCloseTo(2 * params.tau - params.eta * (surprise - params.tau), 9);
      }),
    );
  });

  it('mode 2 keeps the tokens of at most mu bits, and always the best', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: -1, max: 12, noNaN: true }), (row, mu) => {
        const mirostat = new Mirostat({ mode: 2, ...params });
        mirostat.mu = mu;
        const candidates = candidatesOf(row);
        mirostat.choose(candidates, row.length, new Random(1));
        const surprises = softmax(row).map((p) => -Math.log2(p));
        fc.pre(surprises.every((surprise) => Math.abs(surprise - mu) > 1e-9));
        const within = [...row.keys()].filter((token) => (surprises[token] as number) <= mu);
        expect(tokensOf(candidates)).toEqual(within.length > 0 ? within : descending(row).slice(0, 1));
      }),
    );
  });

  it('mode 1 keeps the k most probable of the estimate', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0.1, max: 8, noNaN: true }), (row, mu) => {
        const probabilities = softmax(row);
        const k = topKOf(
          descending(row).map((token) => probabilities[token] as number),
          50_000,
          mu,
        );
        fc.pre(Number.isFinite(k) && Math.abs((k % 1) - 0.5) > 1e-6);
        const mirostat = new Mirostat({ mode: 1, ...params });
        mirostat.mu = mu;
        const candidates = candidatesOf(row);
        mirostat.choose(candidates, 50_000, new Random(1));
        const expected = descending(row).slice(0, Math.max(1, Math.round(k)));
        expect(tokensOf(candidates)).toEqual(expected.sort((a, b) => a - b));
      }),
    );
  });

  it.each([1, 2] as const)('mode %i brings the mean surprise to tau', (mode) => {
    // Zipf's law, as words follow it.
    const row = Float32Array.from({ length: 1000 }, (_, i) => -1.1 * Math.log(i + 1));
    const probabilities = softmax(row);
    const mirostat = new Mirostat({ mode, ...params });
    const random = new Random(5);
    let sum = 0;
    for (let i = 0; i < 2000; i++) {
      const candidates = candidatesOf(row);
      const token = mirostat.choose(candidates, row.length, random);
      sum -= Math.log2(probabilities[token] as number);
    }
    expect(Math.abs(sum / 2000 - params.tau)).toBeLessThan(0.05);
  });
});
