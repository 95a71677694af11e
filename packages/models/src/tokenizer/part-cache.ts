/** The tokens of words that were seen lately, since texts repeat their words. Bounded, whatever is encoded. */
export class PartCache {
  readonly #ids = new Map<string, readonly number[]>();

  /** The ids of a part, computed when they are not known. */
  get(part: string, compute: (part: string) => readonly number[]): readonly number[] {
    const known = this.#ids.get(part);
    if (known !== undefined) return known;
    const ids = compute(part);
    if (part.length > maximalLength) return ids;
    // Words that are in use come back at once.
    if (this.#ids.size >= capacity) this.#ids.clear();
    this.#ids.set(detached(part), ids);
    return ids;
  }
}

/** About 4 MB when it is full. */
const capacity = 16_384;
/** In UTF-16 units; longer words do not repeat. */
const maximalLength = 64;

/** A copy: a slice, which is how V8 stores a part, would keep its whole text in memory. */
function detached(part: string): string {
  return Array.from(part).join('');
}
