import type { TranscriptionWord } from './transcription-word.js';

/** The fields of OpenAI's `verbose_json`. */
export interface TranscriptionSegment {
  /** Counted from 0. */
  readonly id: number;
  /** Where its window starts, in frames of 10 ms. */
  readonly seek: number;
  /** In seconds. */
  readonly start: number;
  /** In seconds. */
  readonly end: number;
  readonly text: string;
  /** Token ids, timestamps included. */
  readonly tokens: readonly number[];
  /** That it was decoded with. */
  readonly temperature: number;
  /** Mean natural log-probability of its window's tokens. */
  readonly avgLogprob: number;
  /** Bytes of its window's text over their number when compressed by zlib. */
  readonly compressionRatio: number;
  /** That its window holds no speech, 0 to 1. */
  readonly noSpeechProb: number;
  /** Present with `wordTimestamps`. */
  readonly words?: readonly TranscriptionWord[];
}

export interface StreamedSegment extends TranscriptionSegment {
  /** False while more audio may still change it; the next segment with the same `id` replaces it. */
  readonly final: boolean;
}
