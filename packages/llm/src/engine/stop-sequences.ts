/**
 * Cuts generated text before the first stop sequence, and holds back text that may be the beginning of one, so that no
 * part of a stop sequence is ever given out.
 */
export class StopSequences {
  #held = '';

  constructor(private readonly sequences: readonly string[]) {}

  /** @returns the text that is safe to give out, and whether a stop sequence was completed. */
  push(text: string): { readonly text: string; readonly stopped: boolean } {
    const all = this.#held + text;
    const end = this.#firstMatch(all);
    if (end >= 0) {
      this.#held = '';
      return { text: all.slice(0, end), stopped: true };
    }
    const safe = all.length - this.#longestBeginning(all);
    this.#held = all.slice(safe);
    return { text: all.slice(0, safe), stopped: false };
  }

  /** What was held back, once nothing more comes. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }

  #firstMatch(text: string): number {
    let first = -1;
    for (const sequence of this.sequences) {
      const at = text.indexOf(sequence);
      if (at >= 0 && (first < 0 || at < first)) first = at;
    }
    return first;
  }

  /** Length of the longest end of the text with which a stop sequence begins. */
  #longestBeginning(text: string): number {
    let longest = 0;
    for (const sequence of this.sequences) {
      for (let length = Math.min(sequence.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(sequence.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
