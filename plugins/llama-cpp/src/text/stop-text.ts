/** Cuts text that comes piece by piece before the first stop sequence; no part of one is ever given out. */
export class StopText {
  #held = '';

  constructor(private readonly sequences: readonly string[]) {}

  /** @returns the text that is safe to give out, and whether a stop sequence came. */
  push(text: string): { readonly text: string; readonly stopped: boolean } {
    const all = this.#held + text;
    const starts = this.sequences.map((sequence) => all.indexOf(sequence)).filter((start) => start >= 0);
    if (starts.length > 0) {
      this.#held = '';
      return { text: all.slice(0, Math.min(...starts)), stopped: true };
    }
    const safe = all.length - Math.max(0, ...this.sequences.map((sequence) => beginningAtEnd(all, sequence)));
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

/** With how much of the sequence, though not all of it, the text ends. */
function beginningAtEnd(text: string, sequence: string): number {
  for (let length = Math.min(text.length, sequence.length - 1); length > 0; length--) {
    if (text.endsWith(sequence.slice(0, length))) return length;
  }
  return 0;
}
