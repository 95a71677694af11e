import { SequenceMatcher } from './sequence-matcher.js';

/**
 * Cuts generated text before the first stop sequence, and holds back text that may be the beginning of one, so that no
 * part of a stop sequence is ever given out.
 */
export class StopSequences {
  readonly #matchers: readonly SequenceMatcher[];
  #held = '';

  constructor(sequences: readonly string[]) {
    this.#matchers = sequences.map((sequence) => new SequenceMatcher(sequence));
  }

  /**
   * @param isActive whether a stop sequence that this text completes stops; else it is text like any other.
   * @returns the text that is safe to give out, and whether a stop sequence was completed.
   */
  push(text: string, isActive = true): { readonly text: string; readonly stopped: boolean } {
    const all = this.#held + text;
    const starts: number[] = [];
    for (const matcher of this.#matchers) {
      const end = matcher.push(text);
      if (end !== undefined) starts.push(this.#held.length + end - matcher.sequence.length);
    }
    if (isActive && starts.length > 0) {
      this.#held = '';
      return { text: all.slice(0, Math.min(...starts)), stopped: true };
    }
    const safe = all.length - Math.max(0, ...this.#matchers.map(({ beginning }) => beginning));
    this.#held = all.slice(safe);
    return { text: all.slice(0, safe), stopped: false };
  }

  /** What was held back, once nothing more comes. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}
