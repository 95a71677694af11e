/**
 * Finds one text in another that comes piece by piece, looking at each UTF-16 unit once (Knuth, Morris and Pratt 1977).
 * Occurrences may overlap.
 */
export class SequenceMatcher {
  /** So many units of the sequence are what the text ends with now, at most; all of them right after an occurrence. */
  matched = 0;
  /**
   * For each beginning of the sequence, by its length, the length of the longest shorter beginning that it ends with. Known
   * as far as a text has come: most texts never get far into a stop sequence.
   */
  readonly #borders = [0, 0];

  constructor(readonly sequence: string) {}

  /** @returns where in `text` the sequence ends for the first time; undefined when it does not. */
  push(text: string): number | undefined {
    let end: number | undefined;
    for (let i = 0; i < text.length; i++) {
      if (this.matched === this.sequence.length) this.matched = this.#border(this.matched);
      this.matched = this.#extend(this.matched, text.charCodeAt(i));
      if (this.matched === this.sequence.length) end ??= i + 1;
    }
    return end;
  }

  /** Units of the longest end of the text with which the sequence begins, the whole sequence not counted. */
  get beginning(): number {
    return this.matched === this.sequence.length ? this.#border(this.matched) : this.matched;
  }

  #extend(matched: number, unit: number): number {
    let length = matched;
    while (length > 0 && this.sequence.charCodeAt(length) !== unit) length = this.#border(length);
    return this.sequence.charCodeAt(length) === unit ? length + 1 : length;
  }

  #border(length: number): number {
    const borders = this.#borders;
    while (borders.length <= length) {
      const last = borders.length - 1;
      borders.push(this.#extend(borders[last] as number, this.sequence.charCodeAt(last)));
    }
    return borders[length] as number;
  }
}
