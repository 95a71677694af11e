import type { Continuation } from '../search/search.js';
import type { WhisperRunner } from './whisper-runner.js';

/** A sequence in the cache. */
export interface CacheRow<Owner> {
  readonly owner: Owner;
  /** Prompt included. Keys and values of the last one are computed by the next step. */
  readonly tokens: number[];
}

/**
 * Which sequence is in which row of the cache. Rows in use are always the first ones, as a step takes them; what moves is copied, and
 * of beams that have a parent in common only what differs.
 */
export class RowTable<Owner> {
  readonly #rows: CacheRow<Owner>[] = [];

  constructor(private readonly runner: Pick<WhisperRunner, 'copyRow' | 'maxRows'>) {}

  get rows(): readonly CacheRow<Owner>[] {
    return this.#rows;
  }

  get free(): number {
    return this.runner.maxRows - this.#rows.length;
  }

  rowsOf(owner: Owner): CacheRow<Owner>[] {
    return this.#rows.filter((row) => row.owner === owner);
  }

  /** A new sequence, whose prompt has been computed in the row after those in use. */
  add(owner: Owner, prompt: readonly number[]): CacheRow<Owner> {
    const row = { owner, tokens: [...prompt] };
    this.#rows.push(row);
    return row;
  }

  /**
   * Replaces an owner's sequences by what follows them. A parent's first child stays in its row; others take the row of a parent
   * that has none, or a new one.
   * @param parents the owner's sequences @returns its new ones, in the order of the continuations
   */
  continue(owner: Owner, parents: readonly CacheRow<Owner>[], next: readonly Continuation[]): CacheRow<Owner>[] {
    const indices = parents.map((parent) => this.#rows.indexOf(parent));
    const histories = parents.map((parent) => parent.tokens);
    const taken = new Set<number>();
    const targets = next.map(({ parent }) => {
      if (taken.has(parent)) return undefined;
      taken.add(parent);
      return indices[parent] as number;
    });
    const spare = parents.flatMap((_, parent) => (taken.has(parent) ? [] : [parent]));
    const children = next.map(({ parent, token }, child) => {
      const tokens = [...(histories[parent] as number[]), token];
      const row: CacheRow<Owner> = { owner, tokens };
      let target = targets[child];
      if (target === undefined) {
        const reused = spare.shift();
        target = reused === undefined ? this.#rows.push(row) - 1 : (indices[reused] as number);
        const known = reused === undefined ? [] : (histories[reused] as number[]);
        this.#copy(indices[parent] as number, target, sharedLength(known, tokens), tokens.length - 1);
      }
      this.#rows[target] = row;
      return row;
    });
    // From the highest row down, so that what is moved into a gap is never to be removed itself.
    for (const index of spare.map((parent) => indices[parent] as number).sort((a, b) => b - a)) this.#remove(index);
    return children;
  }

  removeAll(owner: Owner): void {
    for (let index = this.#rows.length - 1; index >= 0; index--) {
      if (this.#rows[index]?.owner === owner) this.#remove(index);
    }
  }

  #remove(index: number): void {
    const last = this.#rows.length - 1;
    const moved = this.#rows.pop();
    if (index === last || !moved) return;
    // All of it: within a round, some rows have gone on and others are about to.
    this.#copy(last, index, 0, moved.tokens.length);
    this.#rows[index] = moved;
  }

  #copy(from: number, to: number, start: number, end: number): void {
    if (start < end) this.runner.copyRow(from, to, start, end);
  }
}

function sharedLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length - 1);
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  return length;
}
