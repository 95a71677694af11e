/** Follows bytes through the characters of UTF-8. */
export class Utf8Cursor {
  /** Bytes that the last character is missing. */
  missing = 0;
  /** The next of them, from and to: not each may follow each (table 3-7 of the Unicode standard). */
  next: readonly [from: number, to: number] = anyContinuation;

  copy(): Utf8Cursor {
    const copy = new Utf8Cursor();
    copy.missing = this.missing;
    copy.next = this.next;
    return copy;
  }

  /** @returns whether the byte begins a character */
  push(byte: number): boolean {
    const isContinuation = byte >= 0x80 && byte < 0xc0;
    if (isContinuation) this.missing = Math.max(0, this.missing - 1);
    else this.missing = byte < 0xc0 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.next = nextAfter[byte] ?? anyContinuation;
    return !isContinuation;
  }
}

const anyContinuation = [0x80, 0xbf] as const;
const nextAfter: Readonly<Record<number, readonly [number, number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};
