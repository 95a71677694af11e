import fc from 'fast-check';
import { mersenne } from 'pure-rand/generator/mersenne';
import { describe, expect, it } from 'vitest';
import { poissonArrivals } from './arrivals.js';

function gapsOf(ratePerSecond: number, seed: number, count: number): readonly number[] {
  const arrivals = poissonArrivals(ratePerSecond, mersenne(seed));
  const times = Array.from({ length: count }, () => arrivals.next().value);
  return times.map((time, index) => time - (times[index - 1] ?? 0));
}

const rate = fc.double({ min: 0.01, max: 10_000, noNaN: true });
const seed = fc.nat({ max: 2 ** 32 - 1 });

describe('Poisson arrivals', () => {
  it('have gaps whose mean and standard deviation are 1 / rate, as exponential ones have', () => {
    fc.assert(
      fc.property(rate, seed, (ratePerSecond, number) => {
        const gaps = gapsOf(ratePerSecond, number, 4000).map((gap) => (gap * ratePerSecond) / 1000);
        const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
        const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
        // Six standard errors: 1 / √4000 of the mean; of the deviation √2 times that (the kurtosis is 9).
        expect(Math.abs(mean - 1)).toBeLessThan(6 / Math.sqrt(4000));
        expect(Math.abs(Math.sqrt(variance) - 1)).toBeLessThan((6 * Math.SQRT2) / Math.sqrt(4000));
      }),
      { numRuns: 40 },
    );
  });

  it('never go back, are finite, and are the same for the same seed', () => {
    fc.assert(
      fc.property(rate, seed, (ratePerSecond, number) => {
        const gaps = gapsOf(ratePerSecond, number, 100);
        expect(gaps.every((gap) => gap >= 0 && Number.isFinite(gap))).toBe(true);
        expect(gapsOf(ratePerSecond, number, 100)).toEqual(gaps);
      }),
    );
  });
});
