/**
 * The text of an answer up to the first stop sequence. Servers end their answers there, but some of them, given several, go
 * by the order of the list in place of that of the text.
 */
export class TextBeforeStop {
  /** Whether a stop sequence came. */
  isOver = false;
  #held = '';

  constructor(private readonly sequences: readonly string[] = []) {}

  /** @returns what can be given out: the end of the text is held back while it may be the beginning of a stop sequence */
  push(piece: string): string {
    if (this.isOver) return '';
    const text = this.#held + piece;
    const stop = startOfFirst(text, this.sequences);
    this.isOver = stop !== undefined;
    const end = stop ?? text.length - longestBeginning(text, this.sequences);
    this.#held = this.isOver ? '' : text.slice(end);
    return text.slice(0, end);
  }

  /** What was held back, when no more comes. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }
}

/** Of the sequence that is whole first, as the text grows; of those that end together, the longest. */
function startOfFirst(text: string, sequences: readonly string[]): number | undefined {
  const [first] = sequences
    .map((sequence) => ({ start: text.indexOf(sequence), length: sequence.length }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
  return first?.start;
}

/** With how many characters of a stop sequence, though not all of it, the text ends. */
function longestBeginning(text: string, sequences: readonly string[]): number {
  let longest = 0;
  for (const sequence of sequences) {
    for (let length = Math.min(text.length, sequence.length - 1); length > longest; length -= 1) {
      if (text.endsWith(sequence.slice(0, length))) longest = length;
    }
  }
  return longest;
}
