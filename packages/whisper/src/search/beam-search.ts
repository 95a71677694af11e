import { NextToken } from './next-token.js';
import { type Continuation, type Hypothesis, type RowLogits, rank, type Search } from './search.js';
import type { TokenRules } from './token-rules.js';

export interface BeamSearchOptions {
  readonly rules: TokenRules;
  /** Tokens that the prompt itself begins the text with. */
  readonly prefix: readonly number[];
  /** 1 is greedy. */
  readonly beamSize: number;
  /** The search ends with `beamSize · patience` finished beams. Kasai et al. 2022. */
  readonly patience: number;
  readonly lengthPenalty: number;
  /** Tokens written at most. */
  readonly maxTokens: number;
}

interface Beam {
  readonly parent: number;
  readonly tokens: readonly number[];
  readonly sumLogProb: number;
  readonly isFinished: boolean;
}

/** Beam search as CTranslate2 has it: of twice as many candidates as beams, those that end give their place to the next best. */
export class BeamSearch implements Search {
  readonly width: number;
  readonly #finished: Hypothesis[] = [];
  readonly #enough: number;
  #beams: readonly Beam[] = [{ parent: 0, tokens: [], sumLogProb: 0, isFinished: false }];

  constructor(private readonly options: BeamSearchOptions) {
    this.width = options.beamSize;
    this.#enough = Math.max(1, Math.round(options.beamSize * options.patience));
  }

  get results(): readonly Hypothesis[] {
    return rank(this.#finished, this.options.lengthPenalty, this.options.prefix.length);
  }

  next(rows: readonly RowLogits[]): readonly Continuation[] {
    const { beamSize, maxTokens } = this.options;
    const candidates = this.#candidates(rows);
    const isLast = (candidates[0]?.tokens.length ?? 0) >= maxTokens;
    const kept: Beam[] = [];
    const spare = candidates.slice(beamSize).filter(({ isFinished }) => !isFinished);
    for (const candidate of candidates.slice(0, beamSize)) {
      if (!candidate.isFinished && !isLast) {
        kept.push(candidate);
        continue;
      }
      const { sumLogProb, isFinished } = candidate;
      this.#finished.push({ tokens: isFinished ? candidate.tokens.slice(0, -1) : candidate.tokens, sumLogProb });
      const next = spare.shift();
      if (next) kept.push(next);
    }
    if (isLast || kept.length === 0 || this.#finished.length >= this.#enough) return [];
    this.#beams = kept;
    return kept.map(({ parent, tokens }) => ({ parent, token: tokens[tokens.length - 1] as number }));
  }

  #candidates(rows: readonly RowLogits[]): Beam[] {
    const { rules, prefix, beamSize } = this.options;
    const count = beamSize === 1 ? 1 : 2 * beamSize;
    const candidates = rows.flatMap(({ logits, textLogSum }, parent) => {
      const beam = this.#beams[parent] as Beam;
      const next = new NextToken(logits, textLogSum, rules, prefix, beam.tokens, count);
      return next.best(count).map(({ token, logProb }) => ({
        parent,
        tokens: [...beam.tokens, token],
        sumLogProb: beam.sumLogProb + logProb,
        isFinished: token === rules.endOfText,
      }));
    });
    return candidates.sort((a, b) => b.sumLogProb - a.sumLogProb).slice(0, count);
  }
}
