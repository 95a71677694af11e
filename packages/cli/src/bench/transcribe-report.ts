import { formatBytes, formatCount } from '../output/units.js';
import { formatNumber, formatResults, formatSummary, type ResultRow } from './result-table.js';
import type { TranscribeCaseResult } from './transcribe-case.js';
import type { TranscribeCaseName } from './transcribe-case-names.js';

/** What was asked of all cases. */
export interface TranscribeBenchSettings {
  readonly model: string;
  readonly threads: number;
  readonly repeats: number;
  readonly cases: readonly TranscribeCaseName[];
}

/** A line on what was measured, and a table of it. */
export function describeTranscribeCases(
  settings: TranscribeBenchSettings,
  results: readonly TranscribeCaseResult[],
): string {
  const { model, threads, repeats, cases } = settings;
  const facts = [formatCount(threads, 'thread'), formatCount(repeats, 'repeat')];
  return `${model}: ${facts.join(', ')}; median (least–most)\n\n${formatResults(cases, results, rows)}`;
}

const rows: readonly ResultRow<TranscribeCaseResult>[] = [
  { label: 'seconds a second of audio', cell: (result) => formatFactor(result) },
  { label: 'times real time', cell: ({ realTimeFactor }) => formatNumber(realTimeFactor && 1 / realTimeFactor.median) },
  { label: 'audio, s', cell: (result) => formatNumber(result.audioSeconds?.median) },
  { label: 'first segment, ms', cell: (result) => formatSummary(result.firstSegmentMs) },
  { label: 'event loop delay (p99), ms', cell: (result) => formatNumber(result.eventLoopDelayMs) },
  { label: 'peak memory', cell: (result) => formatBytes(result.peakRssBytes) },
];

/** Far below 1, where the digits of other measures say little. */
function formatFactor({ realTimeFactor }: TranscribeCaseResult): string {
  if (!realTimeFactor) return formatSummary(null);
  const { median, min, max } = realTimeFactor;
  return `${median.toFixed(4)} (${min.toFixed(4)}–${max.toFixed(4)})`;
}
