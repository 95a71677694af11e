import type { StringLength } from './grammar.js';
import { cutAtQuotes, type QuotedToken, type QuoteTable } from './quote-table.js';
import { StringCursor } from './string-cursor.js';
import { hasBit, setBit, tokensIn } from './token-mask.js';

/**
 * Counts the characters of JSON strings, which the grammar leaves open: it only marks, by a token for each length, which
 * lengths the string may have that is going on. Several may come into question, as with `anyOf`; all of them are followed.
 */
export class StringCounter {
  readonly #cursor = new StringCursor();
  /** What the strings inside one token must keep to: whichever they are. */
  readonly #shortest: number;
  readonly #longest: number;
  /** Tokens that hold a string which may be too short or too long. */
  readonly #doubtful: readonly number[];
  /** Lengths that come into question for the string that is going on: none outside of them. */
  #possible: readonly number[] = [];

  /** @param firstMark the first of the tokens that mark lengths */
  constructor(
    private readonly table: QuoteTable,
    private readonly lengths: readonly StringLength[],
    private readonly firstMark: number,
  ) {
    this.#shortest = Math.max(...lengths.map(({ min }) => min));
    this.#longest = Math.min(...lengths.map(({ max }) => max));
    this.#doubtful = table.quoted
      .filter((token) => this.#isDoubtful(token, 1) || this.#isDoubtful(token, 2))
      .map(({ id }) => id);
  }

  /** Takes the tokens out of a mask that make a string too short or too long. To be called after every token. */
  restrict(mask: Uint32Array): void {
    if (!this.#cursor.isInsideCharacter) {
      this.#possible = this.lengths.map((_, i) => i).filter((i) => hasBit(mask, this.firstMark + i));
    }
    if (this.#possible.length === 0) {
      for (const id of this.#doubtful) setBit(mask, id, false);
      return;
    }
    if (this.#cursor.escape > 0) {
      for (const id of tokensIn(mask, this.firstMark)) if (!this.#fits(this.#cut(id))) setBit(mask, id, false);
      return;
    }
    const room = this.#room();
    const { begun, longest, quoted } = this.table;
    if (longest > room) {
      for (const id of tokensIn(mask, this.firstMark)) if ((begun[id] ?? 0) > room) setBit(mask, id, false);
    }
    for (const token of quoted) if (hasBit(mask, token.id) && !this.#fits(token)) setBit(mask, token.id, false);
  }

  /** @returns the mark that the grammar must read before the token's quote: some lengths are ruled out by ending here */
  accept(token: number): number | undefined {
    const cut = this.#cut(token);
    const held = cut.lengths.length > 1 ? this.#heldBy(cut) : this.#possible;
    const mark = held.length < this.#possible.length ? held[0] : undefined;
    for (const byte of this.table.bytesOf(token)) this.#cursor.push(byte);
    return mark === undefined ? undefined : this.firstMark + mark;
  }

  #cut(id: number): QuotedToken {
    return cutAtQuotes(id, this.table.bytesOf(id), this.#cursor.copy());
  }

  /**
   * Characters that the string may still get. Strings of other characters must not outlive each other: the grammar would go
   * on with one that is too long already.
   */
  #room(): number {
    const possible = this.#possible.flatMap((i) => this.lengths[i] ?? []);
    const areAlike = possible.every(({ of }) => of === possible[0]?.of);
    const limits = possible.map(({ max }) => max);
    return (areAlike ? Math.max(...limits) : Math.min(...limits)) - this.#cursor.length;
  }

  /** The lengths that a string has which ends at the token's first quote. */
  #heldBy({ lengths: [more = 0] }: QuotedToken): readonly number[] {
    const length = this.#cursor.length + more;
    return this.#possible.filter((i) => {
      const { min = 0, max = 0 } = this.lengths[i] ?? {};
      return length >= min && length <= max;
    });
  }

  #fits(token: QuotedToken): boolean {
    if (token.lengths.length === 1) return (token.lengths[0] ?? 0) <= this.#room();
    const held = this.#heldBy(token).length;
    if (held === 0 || this.#isDoubtful(token, 2)) return false;
    return held === this.#possible.length || token.endsAtQuote;
  }

  /** Whether strings that begin in the token, from the one at `first` on, may get too long or end too early. */
  #isDoubtful({ lengths, isCut }: QuotedToken, first: number): boolean {
    for (let i = first; i < lengths.length; i += 2) {
      const length = lengths[i] ?? 0;
      const isOpen = i === lengths.length - 1;
      if (length > this.#longest || (isOpen ? isCut : length < this.#shortest)) return true;
    }
    return false;
  }
}
