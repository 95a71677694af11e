import { FerrumError } from '@ferrum/registry/errors';
import type { Waveform } from '../waveform/waveform.js';
import { requireSpans, type SpeechSpan, sampleRate } from './speech-span.js';

/**
 * Spans of a waveform one after the other as a waveform of their own, which reads from the original: nothing is copied.
 * @param spans in order, of `speechTimestamps`
 * @throws FerrumError `InvalidParameter` for spans that overlap, are out of order or reach beyond the audio.
 */
export function spliceWaveform(wave: Waveform, spans: readonly SpeechSpan[]): Waveform {
  requireSpans(spans);
  const last = spans.at(-1);
  if (last !== undefined && last.end > wave.length) {
    const message = `A span of the speech ends at sample ${last.end}, but the audio has ${wave.length}.`;
    throw new FerrumError('InvalidParameter', message);
  }
  const parts: SplicedPart[] = [];
  let length = 0;
  for (const { start, end } of spans) {
    if (start < end) parts.push({ start: length, source: start, end: length + end - start });
    length += end - start;
  }
  return {
    sampleRate,
    length,
    duration: length / sampleRate,
    read: (start, end, into = new Float32Array(end - start)) => readSpliced(wave, parts, start, end, into),
  };
}

interface SplicedPart {
  /** In the spliced audio: [start, end). */
  readonly start: number;
  readonly end: number;
  /** Where it begins in the original. */
  readonly source: number;
}

function readSpliced(wave: Waveform, parts: readonly SplicedPart[], start: number, end: number, into: Float32Array) {
  into.fill(0);
  for (let index = firstEndingAfter(parts, start); index < parts.length; index++) {
    const part = parts[index];
    if (part === undefined || part.start >= end) break;
    const from = Math.max(start, part.start);
    const to = Math.min(end, part.end);
    const shift = part.source - part.start;
    wave.read(from + shift, to + shift, into.subarray(from - start, to - start));
  }
  return into;
}

function firstEndingAfter(parts: readonly SplicedPart[], position: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.end ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
