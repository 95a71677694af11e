import type { MirostatParams } from '@ferrum/interfaces';
import type { Candidates } from './candidates.js';
import { draw } from './draw.js';
import type { Random } from './random.js';
import { sortByProbability } from './sort-candidates.js';

/**
 * Mirostat (Basu et al. 2020) keeps the surprise of the text near tau: before each draw it cuts the tokens to a most
 * surprise mu, in mode 1 by an estimated top-k (algorithm 1), in mode 2 directly; after it, mu moves by what the token's
 * surprise −log2 p was off. p is, as in the paper, what it was before the cut.
 */
export class Mirostat {
  mu: number;

  constructor(private readonly params: MirostatParams) {
    this.mu = 2 * params.tau;
  }

  /** @param vocabularySize N of the paper. @returns the token drawn. */
  choose(candidates: Candidates, vocabularySize: number, random: Random): number {
    const { mode, tau, eta } = this.params;
    const total = candidates.total();
    if (mode === 1) {
      sortByProbability(candidates);
      candidates.truncate(Math.min(candidates.count, estimatedK(candidates, vocabularySize, this.mu)));
    } else keepSurpriseUpTo(candidates, this.mu, total);
    const chosen = draw(candidates, random);
    const surprise = -Math.log2((candidates.weights[chosen] as number) / total);
    this.mu -= eta * (surprise - tau);
    return candidates.tokens[chosen] as number;
  }
}

/** At least the most probable token stays. */
function keepSurpriseUpTo(candidates: Candidates, mu: number, total: number): void {
  let best = 0;
  for (let i = 0; i < candidates.count; i++) best = Math.max(best, candidates.weights[i] as number);
  const least = total * 2 ** -mu;
  if (least <= best) candidates.keepFrom(least);
  else {
    candidates.keepFrom(best);
    candidates.truncate(1);
  }
}

/** Probabilities used to estimate Zipf's exponent, as many as in the paper. */
const estimatedFrom = 100;

/** The k whose top-k has a cross-entropy of mu, equation 2: (ε · 2^mu / (1 − N^−ε))^(1/s) with ε = s − 1. */
function estimatedK(candidates: Candidates, vocabularySize: number, mu: number): number {
  const s = zipfExponent(candidates);
  const epsilon = s - 1;
  // Its limit where s is 1.
  const scale = Math.abs(epsilon) < 1e-9 ? 1 / Math.log(vocabularySize) : epsilon / (1 - vocabularySize ** -epsilon);
  const k = Math.round((scale * 2 ** mu) ** (1 / s));
  // NaN where the probabilities say nothing: one candidate, or all equal.
  return Number.isNaN(k) ? candidates.count : Math.max(1, k);
}

/** Least squares of ln(p_i / p_i+1) over ln((i + 1) / i). */
function zipfExponent({ weights, count }: Candidates): number {
  let products = 0;
  let squares = 0;
  for (let i = 1; i < Math.min(count, estimatedFrom + 1); i++) {
    const t = Math.log((i + 1) / i);
    products += t * Math.log((weights[i - 1] as number) / (weights[i] as number));
    squares += t * t;
  }
  return products / squares;
}
