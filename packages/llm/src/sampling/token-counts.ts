/** Distinct tokens in the order they first came, with how often each did. Kept up, never rebuilt: one entry a step. */
export class TokenCounts {
  readonly tokens: number[] = [];
  /** Beside `tokens`. */
  readonly counts: number[] = [];
  readonly #positions = new Map<number, number>();

  add(token: number): void {
    const at = this.#positions.get(token);
    if (at === undefined) {
      this.#positions.set(token, this.tokens.length);
      this.tokens.push(token);
      this.counts.push(1);
    } else this.counts[at] = (this.counts[at] as number) + 1;
  }
}
