import { FerrumError } from '@ferrum/registry/errors';
import { requireSpans, type SpeechSpan, sampleRate } from './speech-span.js';

export interface OriginalTimeOptions {
  /** The span that the time is in, for one that other times have settled. Default: `spanIndex(time, isEnd)`. */
  readonly spanIndex?: number | undefined;
  /** The time ends something: where two spans meet it belongs to the first. */
  readonly isEnd?: boolean | undefined;
}

/** From times in audio made by `spliceWaveform` back to times in the original, as faster-whisper 1.2 maps them. */
export class SpeechTimeMap {
  /** Where each span ends in the spliced audio, in samples. */
  readonly #ends: number[] = [];
  /** What was cut out before each span, in seconds. */
  readonly #silences: number[] = [];

  /** @throws FerrumError `InvalidParameter` for spans that overlap or are out of order. */
  constructor(spans: readonly SpeechSpan[]) {
    requireSpans(spans);
    let previousEnd = 0;
    let silence = 0;
    for (const { start, end } of spans) {
      silence += start - previousEnd;
      previousEnd = end;
      this.#ends.push(end - silence);
      this.#silences.push(silence / sampleRate);
    }
  }

  /**
   * @param time in seconds of the spliced audio
   * @returns seconds of the original, to a hundredth
   * @throws FerrumError `InvalidParameter` for a time that is no number, a span that there isn't, or a map without spans.
   */
  originalTime(time: number, { spanIndex, isEnd = false }: OriginalTimeOptions = {}): number {
    const index = spanIndex ?? this.spanIndex(time, isEnd);
    const silence = this.#silences[index];
    if (silence === undefined || !Number.isFinite(time)) {
      const message = `There is no original time of ${time} s in span ${index}: there are ${this.#ends.length} spans of speech.`;
      throw new FerrumError('InvalidParameter', message);
    }
    return hundredths(silence + time);
  }

  /** The span that a time is in; the last one for a time beyond all of them. @param time in seconds of the spliced audio */
  spanIndex(time: number, isEnd = false): number {
    const sample = Math.trunc(time * sampleRate);
    const index = this.#ends.findIndex((end) => (isEnd ? end >= sample : end > sample));
    return index < 0 ? this.#ends.length - 1 : index;
  }
}

/** Rounds as Python does: the exact value of the float counts, and a tie goes to the even digit. */
function hundredths(value: number): number {
  // Only an odd number of eighths lies exactly between two hundredths.
  const isTie = Math.abs(value * 8) % 2 === 1;
  return isTie ? (2 * Math.round(value * 50)) / 100 : Number(value.toFixed(2));
}
