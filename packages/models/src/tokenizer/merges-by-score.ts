import type { Merges } from './definition.js';

/**
 * The merge order of SentencePiece BPE: a pair may merge when its union is a token, the best score first, and of equal
 * scores the leftmost. Pairs are not listed, because a vocabulary of 262 144 tokens has over half a million mergeable
 * ones and a text needs few of them.
 */
export class MergesByScore implements Merges {
  /** By token id; counted from 1, and 0 is none. */
  readonly #ranks: Uint32Array;

  /** @param scores by token id; NaN for a token that may not come out of a merge */
  constructor(scores: Float64Array) {
    this.#ranks = rankByScore(scores);
  }

  rank(union: number): number | undefined {
    const rank = this.#ranks[union];
    return rank ? rank - 1 : undefined;
  }
}

/** 1 for the best, 0 for none. */
function rankByScore(scores: Float64Array): Uint32Array {
  const sorted = scores.filter((score) => !Number.isNaN(score)).sort();
  let count = 0;
  for (const score of sorted) if (count === 0 || score !== sorted[count - 1]) sorted[count++] = score;
  const distinct = sorted.subarray(0, count);
  return Uint32Array.from(scores, (score) => (Number.isNaN(score) ? 0 : count - indexIn(distinct, score)));
}

/** Of a value that is among the ascending ones. */
function indexIn(ascending: Float64Array, value: number): number {
  let low = 0;
  for (let high = ascending.length - 1; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
