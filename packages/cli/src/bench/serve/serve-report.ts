import { formatBytes, formatCount } from '../../output/units.js';
import { formatNumber, formatResults, formatSummary, type ResultRow } from '../result-table.js';
import type { Endpoint } from './request-shape.js';
import type { Extent, Load } from './run-load.js';
import type { ServeCaseResult } from './serve-case.js';

/** What was asked of all cases. */
export interface ServeBenchSettings {
  readonly url: string;
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly loads: readonly Load[];
  readonly extent: Extent;
  readonly maxTokens: number;
  readonly repeats: number;
  readonly seed: number;
}

/** `4 clients`, `2.5 requests/s`. */
export function nameOfLoad(load: Load): string {
  return load.type === 'closed' ? formatCount(load.concurrency, 'client') : `${load.ratePerSecond} requests/s`;
}

/** A line on what was measured, and a table of it. Rows that no case has anything for are left out. */
export function describeServeCases(settings: ServeBenchSettings, results: readonly ServeCaseResult[]): string {
  const { model, url, loads, extent, maxTokens, repeats, seed } = settings;
  const promptTokens = results[0]?.promptTokens;
  const facts = [
    `${promptTokens === null || promptTokens === undefined ? '' : `${Math.round(promptTokens)} prompt and `}up to ${maxTokens} new tokens`,
    'requests' in extent ? `${formatCount(extent.requests, 'request')} a case` : `${extent.durationMs / 1000} s a case`,
    formatCount(repeats, 'repeat'),
    `seed ${seed}`,
  ];
  const headings = loads.slice(0, results.length).map(nameOfLoad);
  const used = rows.filter(({ cell }) => results.some((result) => cell(result) !== nothing));
  return `${model} at ${url}: ${facts.join(', ')}; median (least–most)\n\n${formatResults(headings, results, used)}`;
}

/** What formatNumber writes of what was not measured. */
const nothing = formatNumber(null);

const rows: readonly ResultRow<ServeCaseResult>[] = [
  { label: 'completed', cell: ({ completed }) => String(completed) },
  { label: 'failed', cell: ({ failed, failures }) => countsOf(failed, failures) },
  { label: 'refused with Retry-After', cell: ({ retryAfter }) => count(retryAfter.with) },
  { label: 'refused without', cell: ({ retryAfter }) => count(retryAfter.without) },
  { label: 'vanished', cell: ({ vanished }) => count(vanished) },
  {
    label: 'junk that was rejected',
    cell: ({ junk }) => (junk.sent > 0 ? `${junk.rejected} of ${junk.sent}` : nothing),
  },
  { label: 'requests/s', cell: (result) => formatSummary(result.requestsPerSecond) },
  { label: 'output, tokens/s', cell: (result) => formatSummary(result.outputTokensPerSecond) },
  { label: 'prompts and output, tokens/s', cell: (result) => formatSummary(result.totalTokensPerSecond) },
  { label: 'time to first token, ms', cell: (result) => formatSummary(result.timeToFirstTokenMs) },
  { label: '  99th percentile', cell: (result) => formatNumber(result.timeToFirstTokenMs?.p99) },
  { label: 'between tokens, ms', cell: (result) => formatSummary(result.interTokenLatencyMs) },
  { label: '  99th percentile', cell: (result) => formatNumber(result.interTokenLatencyMs?.p99) },
  { label: 'for each token, ms', cell: (result) => formatSummary(result.timePerOutputTokenMs) },
  { label: 'to the end, ms', cell: (result) => formatSummary(result.endToEndMs) },
  { label: '  99th percentile', cell: (result) => formatNumber(result.endToEndMs?.p99) },
  { label: 'within the goals', cell: ({ goodput }) => (goodput ? `${(100 * goodput.share).toFixed(1)} %` : nothing) },
  { label: '  requests/s', cell: ({ goodput }) => formatNumber(goodput?.requestsPerSecond) },
  { label: '/health, ms', cell: (result) => formatSummary(result.healthMs) },
  { label: '  99th percentile', cell: (result) => formatNumber(result.healthMs?.p99) },
  { label: '  not answered', cell: ({ healthFailures }) => count(healthFailures ?? 0) },
  {
    label: 'server, CPU ms/token',
    cell: ({ serverCpuSecondsPerToken: seconds }) => formatNumber(seconds === null ? null : 1000 * seconds),
  },
  {
    label: 'server, memory (last/second quarter)',
    cell: ({ serverRssBytes: rss }) => (rss ? `${formatBytes(rss.lastQuarter)} (${rss.ratio.toFixed(3)}×)` : nothing),
  },
  { label: 'event loop delay here (p99), ms', cell: (result) => formatNumber(result.eventLoopDelayMs) },
];

function count(value: number): string {
  return value > 0 ? String(value) : nothing;
}

/** `3 (http500 2, timeOut 1)`. */
function countsOf(total: number, counts: Readonly<Record<string, number | undefined>>): string {
  if (total === 0) return '0';
  const parts = Object.entries(counts).map(([kind, number]) => `${kind} ${number}`);
  return `${total} (${parts.join(', ')})`;
}
