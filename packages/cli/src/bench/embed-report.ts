import { formatBytes, formatCount } from '../output/units.js';
import type { EmbedCaseResult } from './embed-case.js';
import type { EmbedCaseName } from './embed-case-names.js';
import { formatNumber, formatResults, formatSummary, type ResultRow } from './result-table.js';

/** What was asked of all cases. */
export interface EmbedBenchSettings {
  readonly model: string;
  readonly threads: number;
  readonly repeats: number;
  readonly cases: readonly EmbedCaseName[];
}

/** A line on what was measured, and a table of it. */
export function describeEmbedCases(settings: EmbedBenchSettings, results: readonly EmbedCaseResult[]): string {
  const { model, threads, repeats, cases } = settings;
  const facts = [formatCount(threads, 'thread'), formatCount(repeats, 'repeat')];
  return `${model}: ${facts.join(', ')}; median (least–most)\n\n${formatResults(cases, results, rows)}`;
}

const rows: readonly ResultRow<EmbedCaseResult>[] = [
  { label: 'texts/s', cell: (result) => formatSummary(result.textsPerSecond) },
  { label: 'tokens/s', cell: (result) => formatSummary(result.tokensPerSecond) },
  { label: 'latency, ms', cell: (result) => formatSummary(result.latencyMs) },
  { label: '  99th percentile', cell: (result) => formatNumber(result.latencyMs?.p99) },
  { label: 'event loop delay (p99), ms', cell: (result) => formatNumber(result.eventLoopDelayMs) },
  { label: 'peak memory', cell: (result) => formatBytes(result.peakRssBytes) },
];
