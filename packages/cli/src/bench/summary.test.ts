import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarize } from './summary.js';

describe('a summary', () => {
  it('has the percentiles that numpy.quantile gives, in any order of the samples', () => {
    const summary = summarize([9, 1, 4, 2, 7]);
    expect(summary).toMatchObject({ min: 1, median: 4, mean: 4.6, max: 9 });
    expect(summary?.p95).toBeCloseTo(8.6, 10);
    expect(summary?.p99).toBeCloseTo(8.92, 10);
  });

  // Two-sided 95 % points of Student's t, NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  it.each([
    { samples: 2, t: 12.706 },
    { samples: 3, t: 4.303 },
    { samples: 5, t: 2.776 },
    { samples: 10, t: 2.262 },
    { samples: 31, t: 2.042 },
    { samples: 101, t: 1.984 },
  ])('of $samples samples is sure of the mean to $t standard errors', ({ samples, t }) => {
    const values = Array.from({ length: samples }, (_, index) => index);
    const mean = (samples - 1) / 2;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (samples - 1));
    const [low, high] = summarize(values)?.ci95 ?? [];
    const halfWidth = (t * deviation) / Math.sqrt(samples);
    expect((mean - (low ?? 0)) / halfWidth).toBeCloseTo(1, 3);
    expect(((high ?? 0) - mean) / halfWidth).toBeCloseTo(1, 3);
  });

  it('of one sample has no interval, and of none there is no summary', () => {
    expect(summarize([3])).toEqual({ min: 3, median: 3, mean: 3, max: 3, p95: 3, p99: 3, ci95: null });
    expect(summarize([])).toBeNull();
  });

  it('is in order', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2 });
    fc.assert(
      fc.property(samples, (values) => {
        const { min, median, mean, max, p95, p99, ci95 } = summarize(values) ?? expect.fail();
        // Interpolating rounds: by a part of the number, or, among subnormal numbers, by a unit of the smallest.
        const slack = 1e-9 * max + 4 * Number.MIN_VALUE;
        for (const [low, high] of [
          [min, median],
          [median, p95],
          [p95, p99],
          [p99, max],
          [ci95?.[0] ?? Number.NaN, mean],
          [mean, ci95?.[1] ?? Number.NaN],
        ] as const) {
          expect(low).toBeLessThanOrEqual(high + slack);
        }
      }),
    );
  });
});
