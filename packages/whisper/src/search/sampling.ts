import { NextToken } from './next-token.js';
import { type Continuation, type Hypothesis, type RowLogits, rank, type Search } from './search.js';
import type { TokenRules } from './token-rules.js';

export interface SamplingOptions {
  readonly rules: TokenRules;
  readonly prefix: readonly number[];
  /** Above 0. */
  readonly temperature: number;
  /** Texts drawn, of which the best counts. */
  readonly bestOf: number;
  readonly lengthPenalty: number;
  readonly maxTokens: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

interface Draw {
  readonly tokens: number[];
  sumLogProb: number;
}

/** Draws several texts at once. Their log-probabilities are those at temperature 1. */
export class Sampling implements Search {
  readonly width: number;
  readonly #finished: Hypothesis[] = [];
  #draws: readonly Draw[];

  constructor(private readonly options: SamplingOptions) {
    this.width = options.bestOf;
    this.#draws = Array.from({ length: options.bestOf }, () => ({ tokens: [], sumLogProb: 0 }));
  }

  get results(): readonly Hypothesis[] {
    return rank(this.#finished, this.options.lengthPenalty, this.options.prefix.length);
  }

  next(rows: readonly RowLogits[]): readonly Continuation[] {
    const { rules, prefix, temperature, maxTokens, random } = this.options;
    const kept: { draw: Draw; parent: number }[] = [];
    // All begin with what follows the prompt.
    const first = rows.length === 1 && this.#draws.every(({ tokens }) => tokens.length === 0);
    const shared = first ? this.#nextOf(rows[0] as RowLogits, rules, prefix, []) : undefined;
    for (const [index, draw] of this.#draws.entries()) {
      const next = shared ?? this.#nextOf(rows[index] as RowLogits, rules, prefix, draw.tokens);
      const { token, logProb } = next.sample(temperature, random());
      draw.sumLogProb += logProb;
      if (token !== rules.endOfText) draw.tokens.push(token);
      if (token === rules.endOfText || draw.tokens.length >= maxTokens) this.#finished.push(draw);
      else kept.push({ draw, parent: first ? 0 : index });
    }
    this.#draws = kept.map(({ draw }) => draw);
    return kept.map(({ draw, parent }) => ({ parent, token: draw.tokens[draw.tokens.length - 1] as number }));
  }

  #nextOf({ logits, textLogSum }: RowLogits, rules: TokenRules, prefix: readonly number[], written: readonly number[]) {
    return new NextToken(logits, textLogSum, rules, prefix, written);
  }
}
