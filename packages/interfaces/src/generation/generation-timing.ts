/** Measured, never estimated. Rates are absent when nothing was there to measure. */
export interface GenerationTiming {
  /** From the call to the first token, in ms. */
  readonly timeToFirstTokenMs: number;
  /** Prompt tokens computed per second. */
  readonly prefillTokensPerSecond?: number;
  /** New tokens per second after the first. */
  readonly decodeTokensPerSecond?: number;
  readonly totalMs: number;
}
