/** What the model says of a sequence's next token. */
export interface RowLogits {
  /** float32 [vocabularySize]; may be changed. */
  readonly logits: Float32Array;
  /** log Σ exp of the logits before the timestamps. */
  readonly textLogSum: number;
}

/** A sequence to go on with. */
export interface Continuation {
  /** Which of the sequences before, by index, it follows. */
  readonly parent: number;
  readonly token: number;
}

export interface Hypothesis {
  /** Text and timestamps, without the end. */
  readonly tokens: readonly number[];
  /** Σ of the natural log-probabilities, the end's included. */
  readonly sumLogProb: number;
}

/** Finds texts for a window, token by token. */
export interface Search {
  /** Sequences that it may follow at once. */
  readonly width: number;
  /** @param rows of the prompt alone, then one for each continuation asked for before @returns none when it is done */
  next(rows: readonly RowLogits[]): readonly Continuation[];
  /** Best first; those found so far. */
  readonly results: readonly Hypothesis[];
}

/**
 * By log-probability over length, to the power of `lengthPenalty`. Wu et al. 2016 in the simple form of Whisper.
 * @param begun tokens of the text that the prompt itself began: they count
 */
export function rank(hypotheses: readonly Hypothesis[], lengthPenalty: number, begun: number): Hypothesis[] {
  const score = ({ tokens, sumLogProb }: Hypothesis) =>
    sumLogProb / Math.max(1, begun + tokens.length) ** lengthPenalty;
  return [...hypotheses].sort((a, b) => score(b) - score(a));
}

/** Mean over the tokens and the end. */
export function averageLogProb({ tokens, sumLogProb }: Hypothesis): number {
  return sumLogProb / (tokens.length + 1);
}
