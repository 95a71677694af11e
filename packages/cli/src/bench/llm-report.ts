import { formatBytes, formatCount } from '../output/units.js';
import type { LlmCaseResult } from './llm-case.js';
import { formatNumber, formatResults, formatSummary, type ResultRow } from './result-table.js';

/** What was asked of all cases. */
export interface LlmBenchSettings {
  readonly model: string;
  readonly threads: number;
  readonly repeats: number;
  /** Streams of each case. */
  readonly concurrency: readonly number[];
  readonly maxTokens: number;
}

/** A line on what was measured, and a table of it. */
export function describeCases(settings: LlmBenchSettings, results: readonly LlmCaseResult[]): string {
  const { model, threads, repeats, concurrency, maxTokens } = settings;
  const facts = [
    formatCount(threads, 'thread'),
    `${results[0]?.promptTokens ?? 0} prompt and ${maxTokens} new tokens a stream`,
    formatCount(repeats, 'repeat'),
  ];
  const headings = concurrency.map((streams) => formatCount(streams, 'stream'));
  return `${model}: ${facts.join(', ')}; median (least–most)\n\n${formatResults(headings, results, rows)}`;
}

const rows: readonly ResultRow<LlmCaseResult>[] = [
  { label: 'decode, tokens/s', cell: (result) => formatSummary(result.decodeTokensPerSecond) },
  { label: 'prefill, tokens/s', cell: (result) => formatSummary(result.prefillTokensPerSecond) },
  { label: 'time to first token, ms', cell: (result) => formatSummary(result.timeToFirstTokenMs) },
  { label: 'between tokens, ms', cell: (result) => formatSummary(result.interTokenLatencyMs) },
  { label: '  99th percentile', cell: (result) => formatNumber(result.interTokenLatencyMs?.p99) },
  { label: 'event loop delay (p99), ms', cell: (result) => formatNumber(result.eventLoopDelayMs) },
  { label: 'peak memory', cell: (result) => formatBytes(result.peakRssBytes) },
];
