import { describe, expect, it } from 'vitest';
import { histogramQuantile, increase, ratePerSecond, withScrape } from './derive.js';
import { parsePrometheus } from './prometheus.js';

const scrapeAt = (at: number, text: string) => ({ at, scrape: parsePrometheus(text) });

describe('withScrape', () => {
  it('keeps five minutes', () => {
    const history = [0, 1000, 299_000, 301_000].reduce<ReturnType<typeof withScrape>>(
      (kept, at) => withScrape(kept, scrapeAt(at, '')),
      [],
    );
    expect(history.map(({ at }) => at)).toEqual([1000, 299_000, 301_000]);
  });
});

describe('ratePerSecond', () => {
  it('is the growth over the seconds between', () => {
    const before = scrapeAt(1000, 'c{s="200"} 10\nc{s="500"} 1');
    const after = scrapeAt(3000, 'c{s="200"} 30\nc{s="500"} 2');
    expect(ratePerSecond(before, after, 'c')).toBe(10.5);
    expect(ratePerSecond(before, after, 'c', ({ s }) => s === '500')).toBe(0.5);
    expect(ratePerSecond(before, after, 'other')).toBeUndefined();
    expect(ratePerSecond(after, after, 'c')).toBeUndefined();
  });

  it('counts a label set that is new, and a counter that began anew, from 0', () => {
    expect(increase(scrapeAt(0, ''), scrapeAt(1000, 'c 5'), 'c')).toBe(5);
    expect(increase(scrapeAt(0, 'c 100'), scrapeAt(1000, 'c 4'), 'c')).toBe(4);
  });
});

describe('histogramQuantile', () => {
  const empty = scrapeAt(0, 'h_bucket{le="0.1"} 0\nh_bucket{le="0.5"} 0\nh_bucket{le="+Inf"} 0');

  // The values that PromQL's histogram_quantile gives for these buckets.
  it.each([
    [0.25, 0.05],
    [0.5, 0.1],
    [0.75, 0.3],
    [1, 0.5],
  ])('interpolates the quantile %f inside its bucket', (quantile, expected) => {
    const after = scrapeAt(2000, 'h_bucket{le="0.1"} 10\nh_bucket{le="0.5"} 20\nh_bucket{le="+Inf"} 20');
    expect(histogramQuantile(empty, after, 'h', quantile)).toBeCloseTo(expected, 12);
  });

  it('takes only what came between, over all models', () => {
    const text = (low: number, high: number) =>
      ['a', 'b'].map((m) => `h_bucket{m="${m}",le="1"} ${low}\nh_bucket{m="${m}",le="+Inf"} ${high}`).join('\n');
    // 4 new observations, all below 1.
    expect(histogramQuantile(scrapeAt(0, text(5, 9)), scrapeAt(2000, text(7, 11)), 'h', 0.5)).toBeCloseTo(0.5, 12);
  });

  it('gives the last finite bound for what lies beyond it, and nothing when nothing came', () => {
    const after = scrapeAt(2000, 'h_bucket{le="0.1"} 0\nh_bucket{le="0.5"} 0\nh_bucket{le="+Inf"} 3');
    expect(histogramQuantile(empty, after, 'h', 0.5)).toBe(0.5);
    expect(histogramQuantile(empty, empty, 'h', 0.5)).toBeUndefined();
    expect(histogramQuantile(empty, after, 'other', 0.5)).toBeUndefined();
  });
});
