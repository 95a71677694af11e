/** Voice activity detection. Names and defaults are those of faster-whisper 1.2. */
export interface VadOptions {
  /** Speech starts above this probability. Default 0.5. */
  readonly threshold?: number;
  /** Speech ends below this one. Default `max(threshold − 0.15, 0.01)`. */
  readonly negThreshold?: number;
  /** Shorter speech is dropped. Default 0. */
  readonly minSpeechDurationMs?: number;
  /** Longer speech is split, at a silence if there is one. Default: no limit; with a `batchSize` above 1, 30 and at most that; of live audio 28. */
  readonly maxSpeechDurationSeconds?: number;
  /** Silence that ends speech. Default 2000; 160 with a `batchSize` above 1, 1000 of live audio. */
  readonly minSilenceDurationMs?: number;
  /** Kept on both sides of speech. Default 400. */
  readonly speechPadMs?: number;
}
