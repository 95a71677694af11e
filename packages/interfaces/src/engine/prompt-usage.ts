/** What a call that only reads text consumed. */
export interface PromptUsage {
  /** Tokens the model read, special tokens included, padding and what was cut off not. */
  readonly promptTokens: number;
}
