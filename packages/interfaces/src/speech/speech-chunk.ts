export interface SpeechChunk {
  /** Mono, −1 to 1. */
  readonly samples: Float32Array;
  /** In Hz. */
  readonly sampleRate: number;
  /** Words that start in this chunk; present with `wordTimestamps`. */
  readonly words?: readonly SpokenWord[];
  /** What could not be spoken as written, e.g. a phoneme that the model does not know; a sentence each. */
  readonly warnings?: readonly string[];
}

export interface SpokenWord {
  /** As in the text. */
  readonly word: string;
  /** In seconds from the start of the stream. */
  readonly start: number;
  /** In seconds from the start of the stream. */
  readonly end: number;
}
