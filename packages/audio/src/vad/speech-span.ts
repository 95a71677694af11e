import { FerrumError } from '@ferrum/registry/errors';

/** A stretch of audio, in samples at 16 kHz: [start, end). */
export interface SpeechSpan {
  readonly start: number;
  readonly end: number;
}

/** Of every sample position in this folder, in Hz. */
export const sampleRate = 16000;

/** @throws FerrumError `InvalidParameter` unless the spans are whole numbers, in order, apart from each other and not below 0. */
export function requireSpans(spans: readonly SpeechSpan[]): void {
  let previousEnd = 0;
  for (const [index, { start, end }] of spans.entries()) {
    if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= previousEnd && end >= start) {
      previousEnd = end;
      continue;
    }
    const message = `Span ${index} of the speech is from ${start} to ${end}; expected samples as whole numbers, in order, from ${previousEnd} on.`;
    throw new FerrumError('InvalidParameter', message, { details: { span: index } });
  }
}
