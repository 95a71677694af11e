import { type Sample, type Scrape, sumOf } from './prometheus.js';

/** A scrape and when it was taken, in ms. */
export interface TimedScrape {
  readonly at: number;
  readonly scrape: Scrape;
}

/** The longest that a scrape is kept: 5 min, in ms. */
const mostAge = 300_000;

/** A history with one more scrape, without those that are too old. */
export function withScrape(history: readonly TimedScrape[], scrape: TimedScrape): readonly TimedScrape[] {
  return [...history.filter(({ at }) => scrape.at - at <= mostAge), scrape];
}

/**
 * How fast a counter grew between two scrapes, per second, over all label sets that `keep` accepts. A counter that is
 * lower than before began anew (the server restarted): all of it is growth. Undefined when the metric is not there.
 */
export function ratePerSecond(
  before: TimedScrape,
  after: TimedScrape,
  name: string,
  keep?: (labels: Sample['labels']) => boolean,
): number | undefined {
  const growth = increase(before, after, name, keep);
  const seconds = (after.at - before.at) / 1000;
  return growth === undefined || seconds <= 0 ? undefined : growth / seconds;
}

/** The growth itself. A label set that was not there before counts from 0. */
export function increase(
  before: TimedScrape,
  after: TimedScrape,
  name: string,
  keep?: (labels: Sample['labels']) => boolean,
): number | undefined {
  const now = sumOf(after.scrape, name, keep);
  if (now === undefined) return undefined;
  const then = sumOf(before.scrape, name, keep) ?? 0;
  return now < then ? now : now - then;
}

/**
 * A quantile of what a histogram observed between two scrapes, summed over its label sets, interpolated inside the
 * bucket as PromQL's `histogram_quantile` does. Undefined when nothing was observed.
 */
export function histogramQuantile(
  before: TimedScrape,
  after: TimedScrape,
  name: string,
  quantile: number,
): number | undefined {
  const bounds = [...new Set(after.scrape.get(`${name}_bucket`)?.map(({ labels }) => labels.le ?? '') ?? [])]
    .map((label) => ({ label, bound: label === '+Inf' ? Number.POSITIVE_INFINITY : Number(label) }))
    .sort((left, right) => left.bound - right.bound);
  const buckets = bounds.map(({ label, bound }) => ({
    bound,
    count: increase(before, after, `${name}_bucket`, ({ le }) => le === label) ?? 0,
  }));
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = quantile * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const lower = buckets[index - 1] ?? { bound: 0, count: 0 };
  const bucket = buckets[index] ?? lower;
  // Beyond the last finite bound only that bound is known.
  if (!Number.isFinite(bucket.bound)) return lower.bound;
  const inside = bucket.count - lower.count;
  return lower.bound + (bucket.bound - lower.bound) * (inside === 0 ? 0 : (rank - lower.count) / inside);
}
