import { formatBytes, formatCount } from '../output/units.js';
import { formatNumber, formatResults, formatSummary, type ResultRow } from './result-table.js';
import type { SpeakCaseResult } from './speak-case.js';
import type { SpeakCaseName } from './speak-case-names.js';

/** What was asked of all cases. */
export interface SpeakBenchSettings {
  readonly model: string;
  readonly voice?: string;
  readonly threads: number;
  readonly repeats: number;
  readonly cases: readonly SpeakCaseName[];
}

/** A line on what was measured, and a table of it. */
export function describeSpeakCases(settings: SpeakBenchSettings, results: readonly SpeakCaseResult[]): string {
  const { model, voice, threads, repeats, cases } = settings;
  const facts = [
    ...(voice === undefined ? [] : [`voice ${voice}`]),
    formatCount(threads, 'thread'),
    formatCount(repeats, 'repeat'),
  ];
  return `${model}: ${facts.join(', ')}; median (least–most)\n\n${formatResults(cases, results, rows)}`;
}

const rows: readonly ResultRow<SpeakCaseResult>[] = [
  { label: 'seconds a second of speech', cell: (result) => formatFactor(result) },
  { label: 'times real time', cell: ({ realTimeFactor }) => formatNumber(realTimeFactor && 1 / realTimeFactor.median) },
  { label: 'speech, s', cell: (result) => formatNumber(result.audioSeconds?.median) },
  { label: 'first audio, ms', cell: (result) => formatSummary(result.firstAudioMs) },
  { label: 'event loop delay (p99), ms', cell: (result) => formatNumber(result.eventLoopDelayMs) },
  { label: 'peak memory', cell: (result) => formatBytes(result.peakRssBytes) },
];

/** Far below 1, where the digits of other measures say little. */
function formatFactor({ realTimeFactor }: SpeakCaseResult): string {
  if (!realTimeFactor) return formatSummary(null);
  const { median, min, max } = realTimeFactor;
  return `${median.toFixed(4)} (${min.toFixed(4)}–${max.toFixed(4)})`;
}
