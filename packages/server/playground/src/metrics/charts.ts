import { histogramQuantile, increase, ratePerSecond, type TimedScrape } from './derive.js';
import { sumOf } from './prometheus.js';

/** A line of a chart: its name and its value at a scrape. `window` is an older scrape, half a minute back. */
export interface SeriesDefinition {
  readonly label: string;
  read(now: TimedScrape, before: TimedScrape, window: TimedScrape): number | undefined;
}

export interface ChartDefinition {
  readonly title: string;
  readonly unit: string;
  /** Of exactly one, where it is another word. */
  readonly unitOfOne?: string;
  readonly digits: number;
  readonly series: readonly SeriesDefinition[];
}

/** The values of a chart: times in seconds since 1970, one list of values for each series, null where there is none. */
export interface ChartValues {
  readonly times: readonly number[];
  readonly lines: readonly (readonly (number | null)[])[];
}

/** The window over which quantiles and shares are taken: 30 s, in ms. */
const windowLength = 30_000;

/** A chart's values over a history. The first scrape has none: rates need two. */
export function chartValues({ series }: ChartDefinition, history: readonly TimedScrape[]): ChartValues {
  const steps = history.slice(1).map((now, index) => {
    const before = history[index] ?? now;
    const oldest = history.find(({ at }) => now.at - at <= windowLength) ?? before;
    // Where scrapes are further apart than the window, it is from one to the next.
    return { now, before, window: oldest === now ? before : oldest };
  });
  return {
    times: steps.map(({ now }) => now.at / 1000),
    lines: series.map(({ read }) =>
      steps.map(({ now, before, window }) => {
        const value = read(now, before, window);
        return value === undefined || !Number.isFinite(value) ? null : value;
      }),
    ),
  };
}

/** What a chart shows, in a sentence: the last value of each line, and the highest where that is another. */
export function chartSummary({ series, digits, ...units }: ChartDefinition, { lines }: ChartValues): string {
  const parts = series.flatMap(({ label }, index) => {
    const values = (lines[index] ?? []).filter((value) => value !== null);
    const last = values.at(-1);
    if (last === undefined) return [];
    const now = formatted(last, digits);
    const most = formatted(Math.max(...values), digits);
    const unit = now === '1' ? (units.unitOfOne ?? units.unit) : units.unit;
    return [`${label} ${now} ${unit}${most === now ? '' : `, at most ${most}`}`];
  });
  return parts.length === 0 ? 'No data yet.' : `${parts.join('; ')}.`;
}

export const charts: readonly ChartDefinition[] = [
  {
    title: 'Tokens per second',
    unit: 'tokens/s',
    digits: 1,
    series: [rate('Written', 'ferrum_completion_tokens_total'), rate('Read', 'ferrum_prompt_tokens_total')],
  },
  {
    title: 'Time to first token',
    unit: 'ms',
    digits: 0,
    series: [firstToken('Median', 0.5), firstToken('95th percentile', 0.95)],
  },
  {
    title: 'Requests',
    unit: 'requests',
    unitOfOne: 'request',
    digits: 0,
    series: [gauge('In flight', 'ferrum_http_requests_in_flight'), gauge('Queued', 'ferrum_engine_queued_requests')],
  },
  {
    title: 'HTTP requests per second',
    unit: 'per second',
    digits: 1,
    series: [statusRate('2xx'), statusRate('4xx'), statusRate('5xx')],
  },
  {
    title: 'Resident memory',
    unit: 'MiB',
    digits: 0,
    series: [gauge('Process', 'process_resident_memory_bytes', 1 / 2 ** 20)],
  },
  {
    title: 'Event-loop delay',
    unit: 'ms',
    digits: 1,
    series: [
      gauge('Median', 'nodejs_eventloop_lag_p50_seconds', 1000),
      gauge('99th percentile', 'nodejs_eventloop_lag_p99_seconds', 1000),
    ],
  },
  {
    title: 'Prefix-cache hit rate',
    unit: '%',
    digits: 0,
    series: [{ label: 'Hits', read: (now, _, window) => hitRate(window, now) }],
  },
];

/** Nothing is `0`, whatever the digits. */
function formatted(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? '0' : text;
}

function rate(label: string, name: string): SeriesDefinition {
  return { label, read: (now, before) => ratePerSecond(before, now, name) };
}

function gauge(label: string, name: string, scale = 1): SeriesDefinition {
  return {
    label,
    read: ({ scrape }) => {
      const value = sumOf(scrape, name);
      return value === undefined ? undefined : value * scale;
    },
  };
}

function statusRate(label: string): SeriesDefinition {
  const ofClass = ({ status }: Readonly<Record<string, string>>) => status?.[0] === label[0];
  return { label, read: (now, before) => ratePerSecond(before, now, 'ferrum_http_requests_total', ofClass) };
}

function firstToken(label: string, quantile: number): SeriesDefinition {
  return {
    label,
    read: (now, _, window) => {
      const seconds = histogramQuantile(window, now, 'ferrum_time_to_first_token_seconds', quantile);
      return seconds === undefined ? undefined : seconds * 1000;
    },
  };
}

function hitRate(before: TimedScrape, now: TimedScrape): number | undefined {
  const hits = increase(before, now, 'ferrum_prefix_cache_hits_total') ?? 0;
  const misses = increase(before, now, 'ferrum_prefix_cache_misses_total') ?? 0;
  return hits + misses === 0 ? undefined : (100 * hits) / (hits + misses);
}
