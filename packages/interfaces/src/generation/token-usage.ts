export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Those of them that were reasoning; present where the model's format tells reasoning from the answer. */
  readonly reasoningTokens?: number;
  /** `promptTokens + completionTokens`. */
  readonly totalTokens: number;
  /** Prompt tokens that were not computed because a cache held them. */
  readonly cachedTokens: number;
}
