import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argmax, Sampler } from './sampler.js';

// Steps of 1/32: logits closer than a double can tell apart after exp() are ties, whose order is not the point here.
const logit = fc.integer({ min: -640, max: 640 }).map((steps) => steps / 32);
const logits = fc.array(logit, { minLength: 1, maxLength: 40 }).map((values) => Float32Array.from(values));

/** The set a token may come from, by definition: sort, cut at k, softmax, cut where the sum reaches p. */
function allowed(values: Float32Array, temperature: number, topK: number | undefined, topP: number): Set<number> {
  const order = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  const kept = order.slice(0, topK ?? order.length);
  const weights = kept.map((token) =>
    Math.exp(((values[token] as number) - (values[order[0] as number] as number)) / temperature),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  const result = new Set<number>();
  let sum = 0;
  for (const [i, token] of kept.entries()) {
    // The token that crosses the border belongs to the nucleus; a hair of tolerance for sums in another order.
    if (sum > topP * total * (1 + 1e-9)) break;
    result.add(token);
    sum += weights[i] as number;
  }
  return result;
}

describe('Sampler', () => {
  it('is the argmax at temperature 0 and with topK 1', () => {
    fc.assert(
      fc.property(logits, fc.nat(), (values, seed) => {
        const best = values.indexOf(Math.max(...values));
        expect(new Sampler({ temperature: 0, topP: 1, seed }).sample(values)).toBe(best);
        expect(new Sampler({ temperature: 1, topK: 1, topP: 1, seed }).sample(values)).toBe(best);
      }),
    );
  });

  it('only gives tokens within top-k and the nucleus', () => {
    fc.assert(
      fc.property(
        logits,
        fc.double({ min: 0.05, max: 5, noNaN: true }),
        fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.nat(),
        (values, temperature, topK, topP, seed) => {
          const sampler = new Sampler({ temperature, topP, seed, ...(topK === undefined ? {} : { topK }) });
          const expected = allowed(values, temperature, topK, topP);
          for (let i = 0; i < 20; i++) expect(expected).toContain(sampler.sample(values));
        },
      ),
    );
  });

  it('draws with the probabilities of the softmax (chi-squared, 3 degrees of freedom)', () => {
    const values = Float32Array.from([0, 1, 2, -1]);
    const temperature = 0.7;
    const weights = [...values].map((value) => Math.exp(value / temperature));
    const total = weights.reduce((a, b) => a + b, 0);
    const sampler = new Sampler({ temperature, topP: 1, seed: 7 });
    const draws = 20_000;
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < draws; i++) counts[sampler.sample(values)]! += 1;
    const chiSquared = counts.reduce((sum, count, i) => {
      const expected = (draws * (weights[i] as number)) / total;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    // The 99.9th percentile; the seed is fixed, so this cannot flake.
    expect(chiSquared).toBeLessThan(16.27);
  });

  it('repeats itself with the same seed and differs with another', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const run = (seed: number) => {
      const sampler = new Sampler({ temperature: 1, topP: 1, seed });
      return Array.from({ length: 50 }, () => sampler.sample(values));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    // Seeds that differ above the lowest 32 bits differ too.
    expect(run(1)).not.toEqual(run(1 + 2 ** 40));
  });

  it('leaves the logits as they are', () => {
    const values = Float32Array.from([3, 1, 2]);
    new Sampler({ temperature: 0.5, topK: 2, topP: 0.9, seed: 0 }).sample(values);
    expect([...values]).toEqual([3, 1, 2]);
  });

  it('never draws NaN or −∞ and refuses a row without any finite value', () => {
    const sampler = new Sampler({ temperature: 2, topP: 1, seed: 3 });
    const values = Float32Array.from([Number.NaN, 1, Number.NEGATIVE_INFINITY]);
    for (let i = 0; i < 50; i++) expect(sampler.sample(values)).toBe(1);
    expect(() => argmax(Float32Array.of(Number.NaN, Number.NaN))).toThrow(FerrumError);
  });
});
