/** Finds where one JSON value ends, text by text. It trusts the text to be JSON: what is wrong inside does not matter here. */
export class JsonScanner {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #hasBegun = false;
  #isScalar = false;

  /** @returns how much of the text belongs to the value, and whether it ends there. */
  push(text: string): { readonly length: number; readonly isEnd: boolean } {
    for (let at = 0; at < text.length; at++) {
      const character = text[at] as string;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (character === '\\') this.#isEscaped = true;
        else if (character === '"') {
          this.#inString = false;
          if (this.#depth === 0) return { length: at + 1, isEnd: true };
        }
        continue;
      }
      if (this.#isScalar) {
        if (/[\s,\]}]/.test(character)) return { length: at, isEnd: true };
        continue;
      }
      if (character === '"') this.#inString = true;
      else if (character === '{' || character === '[') this.#depth += 1;
      else if (character === '}' || character === ']') {
        this.#depth -= 1;
        if (this.#depth <= 0) return { length: at + 1, isEnd: true };
      } else if (this.#depth === 0 && !/\s/.test(character)) {
        this.#isScalar = true;
      }
      this.#hasBegun ||= !/\s/.test(character);
    }
    return { length: text.length, isEnd: false };
  }
}
