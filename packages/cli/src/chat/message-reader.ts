export type ReadResult =
  | { readonly type: 'message'; readonly text: string }
  /** A `"""` is open: the message goes on. */
  | { readonly type: 'incomplete' };

/** Joins lines between `"""` and `"""` to one message; any other line is a message of its own. */
export class MessageReader {
  #lines: string[] | undefined;

  read(line: string): ReadResult {
    if (this.#lines) return this.#continue(this.#lines, line);
    if (!line.startsWith(fence)) return { type: 'message', text: line };
    return this.#continue([], line.slice(fence.length));
  }

  /** Forgets an open message. */
  reset(): void {
    this.#lines = undefined;
  }

  #continue(lines: string[], line: string): ReadResult {
    const ends = line.trimEnd().endsWith(fence);
    lines.push(ends ? line.trimEnd().slice(0, -fence.length) : line);
    if (!ends) {
      this.#lines = lines;
      return { type: 'incomplete' };
    }
    this.#lines = undefined;
    return { type: 'message', text: lines.join('\n') };
  }
}

const fence = '"""';
