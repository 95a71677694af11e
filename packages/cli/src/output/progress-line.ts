import type { ProgressEvent } from '@ferrum/interfaces';
import { formatBytes, formatClock, formatDuration } from './units.js';

/** How far embedding has come. */
export interface EmbedProgress {
  readonly phase: 'embed';
  readonly label: string;
  readonly unit: 'texts' | 'images';
  readonly completed: number;
  /** Absent for texts that come through a pipe. */
  readonly total?: number;
}

/** How far transcribing an audio has come. */
export interface TranscribeProgress {
  readonly phase: 'transcribe';
  readonly label: string;
  /** Of the audio. */
  readonly unit: 'seconds';
  readonly completed: number;
  /** Absent until the audio is read. */
  readonly total?: number;
}

/** How much was spoken. Nobody knows how long a text becomes. */
export interface SpeakProgress {
  readonly phase: 'speak';
  readonly label: string;
  /** Of speech. */
  readonly unit: 'seconds';
  readonly completed: number;
  readonly total?: undefined;
}

/** A plugin is installed or removed by npm, which does not tell how far it is, or tried out. */
export interface PluginProgress {
  readonly phase: 'install' | 'try' | 'remove';
  readonly label: string;
  readonly unit: 'packages';
  readonly completed: number;
  readonly total?: undefined;
}

export type Progress = ProgressEvent | EmbedProgress | TranscribeProgress | SpeakProgress | PluginProgress;

export const progressVerbs = {
  download: 'downloading',
  verify: 'verifying',
  convert: 'converting',
  load: 'loading',
  embed: 'embedding',
  transcribe: 'transcribing',
  speak: 'speaking with',
  install: 'installing',
  try: 'trying out',
  remove: 'removing',
} as const;

/**
 * `downloading model.gguf ████████████░░░░░░░░ 61 %, 60.0 MB of 98.4 MB, 11.2 MB/s, 4 s left`, or less of it, so that
 * it fits `cells`: a line that wraps is drawn anew below itself when the terminal is made smaller.
 *
 * @param rate Units per second, when known.
 */
export function describeProgress(event: Progress, rate: number | undefined, cells: number): string {
  const verb = progressVerbs[event.phase];
  for (const body of bodies(event, rate)) {
    const room = cells - verb.length - 1 - (body === '' ? 0 : body.length + 1);
    if (room >= Math.min(shortestLabel, event.label.length)) {
      return [verb, shorten(event.label, Math.min(room, longestLabel)), body].filter(Boolean).join(' ');
    }
  }
  return verb.slice(0, Math.max(0, cells));
}

const shortestLabel = 12;
const longestLabel = 40;

/** What follows the label, the most telling first and the shortest last. */
function bodies(event: Progress, rate: number | undefined): readonly string[] {
  const { unit, completed, total, phase } = event;
  // A single step has no middle to show.
  const fraction =
    total && (unit === 'bytes' || unit === 'seconds' || total > 1) ? Math.min(1, completed / total) : undefined;
  const share = fraction === undefined ? [] : [`${Math.floor(fraction * 100)} %`];
  const amount = describeAmount(event);
  const speed = rate ? describeSpeed(rate, unit) : [];
  const rest =
    rate && total && (phase === 'download' || phase === 'transcribe')
      ? [`${formatDuration(Math.max(0, total - completed) / rate)} left`]
      : [];

  const facts = [...share, ...amount, ...speed].join(', ');
  const allFacts = [...share, ...amount, ...speed, ...rest].join(', ');
  if (fraction === undefined) return [allFacts, facts, ''];
  return [
    `${drawBar(fraction, 20)} ${allFacts}`,
    `${drawBar(fraction, 10)} ${allFacts}`,
    `${drawBar(fraction, 10)} ${facts}`,
    facts,
    ...share,
    '',
  ];
}

function describeAmount({ phase, unit, completed, total }: Progress): readonly string[] {
  if (phase === 'speak') return completed > 0 ? [`${completed.toFixed(1)} s`] : [];
  if (unit === 'bytes') return [total ? `${formatBytes(completed)} of ${formatBytes(total)}` : formatBytes(completed)];
  if (unit === 'seconds') return total ? [`${formatClock(completed)} of ${formatClock(total)}`] : [];
  if (total === undefined && countsUp(unit)) return [`${completed} ${unit}`];
  return total && total > 1 ? [`${completed} of ${total} ${unit}`] : [];
}

function describeSpeed(rate: number, unit: Progress['unit']): readonly string[] {
  if (unit === 'bytes') return [`${formatBytes(Math.round(rate))}/s`];
  // Audio is transcribed or spoken so many times as fast as it is played.
  if (unit === 'seconds') return [`${rate.toFixed(rate < 10 ? 1 : 0)}×`];
  return countsUp(unit) ? [`${rate.toFixed(rate < 10 ? 1 : 0)} ${unit}/s`] : [];
}

/** What there may be any number of, and tells something while nobody knows how many. */
function countsUp(unit: Progress['unit']): boolean {
  return unit === 'texts' || unit === 'images';
}

function drawBar(fraction: number, cells: number): string {
  const filled = Math.round(fraction * cells);
  return '█'.repeat(filled) + '░'.repeat(cells - filled);
}

function shorten(label: string, limit: number): string {
  return label.length <= limit ? label : `…${label.slice(1 - limit)}`;
}
