import { FerrumError } from '@ferrum/registry/errors';
import { requireSpans, type SpeechSpan, sampleRate } from './speech-span.js';

/** Spans that are transcribed together. */
export interface SpanGroup {
  /** Where it begins in the audio of all spans joined, in seconds. */
  readonly offset: number;
  /** Of its spans joined, in seconds. */
  readonly duration: number;
  readonly spans: readonly SpeechSpan[];
}

/**
 * Groups spans in their order, each group as long as it may be, as faster-whisper's batched pipeline does; its windows are
 * 30 s. A span that is longer by itself is a group of its own.
 * @throws FerrumError `InvalidParameter` for spans that overlap or are out of order, or a duration that is not above 0.
 */
export function mergeSpans(spans: readonly SpeechSpan[], maxDurationSeconds: number): readonly SpanGroup[] {
  requireSpans(spans);
  if (!(maxDurationSeconds > 0)) {
    throw new FerrumError('InvalidParameter', `maxDurationSeconds must be above 0; got ${maxDurationSeconds}.`);
  }
  const groups: SpeechSpan[][] = [];
  let length = 0;
  for (const span of spans) {
    const group = groups.at(-1);
    const spanLength = span.end - span.start;
    if (group !== undefined && length + spanLength <= maxDurationSeconds * sampleRate) {
      group.push(span);
      length += spanLength;
    } else {
      groups.push([span]);
      length = spanLength;
    }
  }
  let offset = 0;
  return groups.map((group) => {
    const samples = group.reduce((sum, { start, end }) => sum + end - start, 0);
    const merged = { offset: offset / sampleRate, duration: samples / sampleRate, spans: group };
    offset += samples;
    return merged;
  });
}
