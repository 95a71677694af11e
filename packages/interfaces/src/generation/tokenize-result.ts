export interface TokenizeResult {
  /** Ids that `infer` takes as a prompt. */
  readonly tokens: readonly number[];
  /** Each token's own text; the replacement character stands where it holds part of a character. Special tokens show. */
  readonly pieces: readonly string[];
  /** How many tokens of prompt and answer the engine holds. */
  readonly contextLength: number;
}
