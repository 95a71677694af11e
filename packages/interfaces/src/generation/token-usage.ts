export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** `promptTokens + completionTokens`. */
  readonly totalTokens: number;
  /** Prompt tokens that were not computed because a cache held them. */
  readonly cachedTokens: number;
}
