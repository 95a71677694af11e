/** How probable the model found a token after those before it, before sampling parameters changed anything. */
export interface TokenLogprob extends TopLogprob {
  /** The most probable tokens, most probable first; as many as `topLogprobs` asks for. */
  readonly top: readonly TopLogprob[];
}

export interface TopLogprob {
  readonly token: number;
  /** The token's own text; the replacement character stands where it holds part of a character. */
  readonly text: string;
  /** Natural logarithm of the probability, ≤ 0. */
  readonly logprob: number;
}
