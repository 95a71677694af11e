/** The tokens of parts of texts that were seen lately, since texts repeat their words. Bounded, whatever is encoded. */
export class PartCache<Token extends number | string> {
  readonly #tokens = new Map<string, readonly Token[]>();

  /** The tokens of a part, computed when they are not known. */
  get(part: string, compute: (part: string) => readonly Token[]): readonly Token[] {
    const known = this.#tokens.get(part);
    if (known !== undefined) return known;
    if (part.length > maximalLength) return compute(part);
    // Also the tokens may be slices of it.
    const kept = detached(part);
    const tokens = compute(kept);
    // Words that are in use come back at once.
    if (this.#tokens.size >= capacity) this.#tokens.clear();
    this.#tokens.set(kept, tokens);
    return tokens;
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
