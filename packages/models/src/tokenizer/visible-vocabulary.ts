import type { TokenLookup } from './library.js';

/** A vocabulary without some of its tokens; it shares the map, as a copy of a large one would cost megabytes. */
export class VisibleVocabulary implements TokenLookup {
  readonly #ids: TokenLookup;
  readonly #hidden: ReadonlySet<string>;

  constructor(ids: TokenLookup, hidden: ReadonlySet<string>) {
    this.#ids = ids;
    this.#hidden = hidden;
  }

  get(token: string): number | undefined {
    return this.#hidden.has(token) ? undefined : this.#ids.get(token);
  }

  has(token: string): boolean {
    return this.get(token) !== undefined;
  }
}
