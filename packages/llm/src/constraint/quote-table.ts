import { StringCursor } from './string-cursor.js';

/** A token cut at its quotes. */
export interface QuotedToken {
  readonly id: number;
  /** Characters before the first quote, between two, and after the last one. */
  readonly lengths: readonly number[];
  /** Whether it ends inside a character. */
  readonly isCut: boolean;
  /** Whether its first quote is its last byte. */
  readonly endsAtQuote: boolean;
}

/** The tokens of a vocabulary by what they add to a JSON string. */
export class QuoteTable {
  /** Characters that each token begins, of those without a quote. */
  readonly begun: Uint16Array;
  readonly longest: number;
  readonly quoted: readonly QuotedToken[];
  readonly #isQuoted: Uint8Array;

  /** @param ends where each token's bytes end */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly ends: Uint32Array,
  ) {
    this.begun = new Uint16Array(ends.length);
    this.#isQuoted = new Uint8Array(ends.length);
    const quoted: QuotedToken[] = [];
    let longest = 0;
    for (let id = 0; id < ends.length; id++) {
      const token = cutAtQuotes(id, this.bytesOf(id), new StringCursor());
      if (token.lengths.length > 1) {
        quoted.push(token);
        this.#isQuoted[id] = 1;
      } else {
        this.begun[id] = token.lengths[0] ?? 0;
        longest = Math.max(longest, this.begun[id] ?? 0);
      }
    }
    this.quoted = quoted;
    this.longest = longest;
  }

  bytesOf(id: number): Uint8Array {
    return this.bytes.subarray(id === 0 ? 0 : this.ends[id - 1], this.ends[id]);
  }

  hasQuote(id: number): boolean {
    return this.#isQuoted[id] === 1;
  }
}

/** @param cursor where the text is before the token; it is moved */
export function cutAtQuotes(id: number, bytes: Uint8Array, cursor: StringCursor): QuotedToken {
  const lengths: number[] = [];
  let before = cursor.length;
  let firstQuote = -1;
  for (const [at, byte] of bytes.entries()) {
    const soFar = cursor.length;
    if (!cursor.push(byte)) continue;
    lengths.push(soFar - before);
    before = 0;
    if (firstQuote < 0) firstQuote = at;
  }
  lengths.push(cursor.length - before);
  return {
    id,
    lengths,
    isCut: cursor.isInsideCharacter,
    endsAtQuote: firstQuote === bytes.length - 1 && firstQuote >= 0,
  };
}
