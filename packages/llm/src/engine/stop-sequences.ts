import { SequenceMatcher } from './sequence-matcher.js';

export interface StoppedText {
  readonly text: string;
  readonly stopped: boolean;
  readonly stopSequence?: string;
}

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
   * @returns the text that is safe to give out, and the stop sequence that was completed, of several the first.
   */
  push(text: string, isActive = true): StoppedText {
    const all = this.#held + text;
    let first: { readonly start: number; readonly sequence: string } | undefined;
    for (const matcher of this.#matchers) {
      const { sequence } = matcher;
      const end = matcher.push(text);
      if (end === undefined) continue;
      const start = this.#held.length + end - sequence.length;
      if (!first || start < first.start) first = { start, sequence };
    }
    if (isActive && first) {
      this.#held = '';
      return { text: all.slice(0, first.start), stopped: true, stopSequence: first.sequence };
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
