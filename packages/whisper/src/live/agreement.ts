/**
 * What two texts in a row have in common from the start: it will hardly change any more (LocalAgreement-2, Liu et al. 2020; Macháček et
 * al. 2023). Ends before the last token in common, whose word may go on.
 */
export class Agreement {
  #agreed: readonly number[] = [];
  #latest: readonly number[] = [];

  /** Tokens that the next text is to begin with. */
  get tokens(): readonly number[] {
    return this.#agreed;
  }

  /** @param tokens of the text found now */
  add(tokens: readonly number[]): void {
    let length = 0;
    while (length < tokens.length && tokens[length] === this.#latest[length]) length += 1;
    this.#agreed = tokens.slice(0, Math.max(this.#agreed.length, length - 1));
    this.#latest = tokens;
  }
}
