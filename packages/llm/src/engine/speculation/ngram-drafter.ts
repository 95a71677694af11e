import type { Drafter } from './speculation.js';

/** Longest and shortest end of the text that is looked for. */
const longest = 4;
const shortest = 2;

/**
 * Looks up where the last tokens stood before and guesses that what followed them then follows now (prompt lookup decoding,
 * Saxena 2023). An index of every n-gram's latest place grows with the text, so a lookup takes constant time.
 */
export class NgramDrafter implements Drafter {
  /** By n-gram: where what followed it begins. One map per length, shortest first. */
  readonly #places: Map<string, number>[] = Array.from({ length: longest - shortest + 1 }, () => new Map());
  #indexed = 0;

  draft(tokens: readonly number[], count: number): readonly number[] {
    this.#index(tokens);
    for (let n = Math.min(longest, tokens.length - 1); n >= shortest; n--) {
      const place = this.#places[n - shortest]?.get(key(tokens, tokens.length, n));
      if (place !== undefined) return tokens.slice(place, place + count);
    }
    return [];
  }

  /** Takes up every n-gram that something follows. */
  #index(tokens: readonly number[]): void {
    for (let end = Math.max(this.#indexed, 1); end < tokens.length; end++) {
      for (let n = shortest; n <= longest && n <= end; n++) this.#places[n - shortest]?.set(key(tokens, end, n), end);
    }
    this.#indexed = tokens.length;
  }
}

/** The n tokens before `end`. */
function key(tokens: readonly number[], end: number, n: number): string {
  let text = '';
  for (let i = end - n; i < end; i++) text += `${tokens[i]},`;
  return text;
}
