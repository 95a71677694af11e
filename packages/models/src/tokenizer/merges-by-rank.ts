import { FerrumError } from '@ferrum/registry/errors';
import type { Merges, Vocabulary } from './definition.js';

/**
 * Reads byte-pair merges, each `"left right"` or `["left", "right"]`, the first merged first, and checks that every one
 * makes a token of the vocabulary. That covers the halves: a half is a single character or the outcome of another merge, or
 * never occurs.
 * @param where names the list in messages
 * @throws FerrumError `InvalidFormat` naming the merge.
 */
export function readMerges(
  merges: Iterable<unknown> & { readonly length: number },
  vocabulary: Vocabulary,
  where: string,
): Merges {
  const ranks = new MergesByRank(vocabulary, merges.length);
  let rank = 0;
  for (const merge of merges) {
    const pair = typeof merge === 'string' ? splitMerge(merge) : joinPair(merge);
    if (pair === undefined) throw badMerge(where, rank, merge, 'is not a pair of tokens');
    if (!ranks.add(rank, pair)) {
      throw badMerge(where, rank, merge, `makes ${JSON.stringify(pair.union)}, which is not in the vocabulary`);
    }
    rank += 1;
  }
  return ranks;
}

/**
 * A merge is kept as the id of the token that it makes and where that is cut: a few bytes, where a table of pairs would
 * keep three strings for each.
 */
class MergesByRank implements Merges {
  readonly #vocabulary: Vocabulary;
  /** By token id: the last merge that makes the token; ranks count from 1 in here, and 0 is none. */
  readonly #last: Uint32Array;
  /** By rank: the merge before it that makes the same token. */
  readonly #previous: Uint32Array;
  /** By rank, in UTF-16 units. */
  readonly #leftLengths: Uint32Array;

  constructor(vocabulary: Vocabulary, count: number) {
    this.#vocabulary = vocabulary;
    this.#last = new Uint32Array(vocabulary.size);
    this.#previous = new Uint32Array(count + 1);
    this.#leftLengths = new Uint32Array(count + 1);
  }

  /** False when the pair makes no token. */
  add(rank: number, { union, leftLength }: MergePair): boolean {
    const id = this.#vocabulary.get(union);
    if (id === undefined) return false;
    this.#previous[rank + 1] = this.#last[id] ?? 0;
    this.#last[id] = rank + 1;
    this.#leftLengths[rank + 1] = leftLength;
    return true;
  }

  rank(union: number, leftLength: number): number | undefined {
    // Almost every token is made by one merge only. Of two equal merges the last counts, as in Hugging Face tokenizers.
    for (let merge = this.#last[union]; merge; merge = this.#previous[merge]) {
      if (this.#leftLengths[merge] === leftLength) return merge - 1;
    }
    return undefined;
  }
}

/** A pair of tokens as the token that they make, and where it is cut. */
interface MergePair {
  readonly union: string;
  /** In UTF-16 units. */
  readonly leftLength: number;
}

function splitMerge(merge: string): MergePair | undefined {
  const space = merge.indexOf(' ');
  const isPair = space > 0 && space < merge.length - 1 && space === merge.lastIndexOf(' ');
  return isPair ? { union: merge.slice(0, space) + merge.slice(space + 1), leftLength: space } : undefined;
}

function joinPair(merge: unknown): MergePair | undefined {
  if (!Array.isArray(merge) || merge.length !== 2) return undefined;
  const [left, right]: readonly unknown[] = merge;
  const isPair = typeof left === 'string' && left !== '' && typeof right === 'string' && right !== '';
  return isPair ? { union: left + right, leftLength: left.length } : undefined;
}

function badMerge(where: string, index: number, merge: unknown, what: string): FerrumError {
  const shown = JSON.stringify(merge) ?? String(merge);
  return new FerrumError('InvalidFormat', `${where}[${index}] ${shown.slice(0, 100)} ${what}.`, { details: { index } });
}
