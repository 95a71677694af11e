/** Voice activity detection. Names and defaults are those of faster-whisper 1.2. */
export interface VadOptions {
  /** Speech starts above this probability. Default 0.5. */
  readonly threshold?: number;
  /** Speech ends below this one. Default `max(threshold − 0.15, 0.01)`. */
  readonly negThreshold?: number;
  /** Shorter speech is dropped. Default 0. */
  readonly minSpeechDurationMs?: number;
  /** Longer speech is split, at a silence if there is one. Default: no limit; 30 with a `batchSize` above 1, 28 of live audio. */
  readonly maxSpeechDurationSeconds?: number;
  /** Silence that ends speech. Default 2000; 160 with a `batchSize` above 1, 500 of live audio. */
  readonly minSilenceDurationMs?: number;
  /** Kept on both sides of speech. Default 400. */
  readonly speechPadMs?: number;
}
