import jStat from 'jstat';

/** What a measure comes to over its samples. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly max: number;
  /** 95th percentile. */
  readonly p95: number;
  /** 99th percentile. */
  readonly p99: number;
  /** Where the mean lies with 95 % confidence, by Student's t; null for a single sample. */
  readonly ci95: readonly [low: number, high: number] | null;
}

/** Percentiles are interpolated between samples (Hyndman and Fan 1996, type 7). Null when nothing was measured. */
export function summarize(samples: readonly number[]): Summary | null {
  const [first] = samples;
  if (first === undefined) return null;
  if (samples.length === 1) {
    return { min: first, median: first, mean: first, max: first, p95: first, p99: first, ci95: null };
  }
  const [median, p95, p99] = jStat.quantiles(samples, [0.5, 0.95, 0.99], 1, 1) as [number, number, number];
  const mean = jStat.mean(samples);
  const ci95 = jStat.tci(mean, 0.05, samples);
  return { min: jStat.min(samples), median, mean, max: jStat.max(samples), p95, p99, ci95 };
}
