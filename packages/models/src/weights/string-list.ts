import { Buffer, isUtf8 } from 'node:buffer';
import { decodeText } from './decode-utf8.js';

/**
 * Strings kept as one block of UTF-8 and decoded each time they are asked for: vocabularies and merges have hundreds of
 * thousands, most are looked at once or never, and as strings they take several times the memory.
 */
export class StringList implements Iterable<string> {
  readonly length: number;
  readonly #bytes: Buffer;
  /** Within the bytes, per string. */
  readonly #ends: Uint32Array;

  /** @param bytes well-formed UTF-8, and so is every part that `ends` makes of it */
  constructor(bytes: Buffer, ends: Uint32Array) {
    this.length = ends.length;
    this.#bytes = bytes;
    this.#ends = ends;
  }

  /** Undefined outside `[0, length)`. */
  at(index: number): string | undefined {
    const end = this.#ends[index];
    return end === undefined ? undefined : decodeText(this.#bytes, this.#ends[index - 1] ?? 0, end);
  }

  *[Symbol.iterator](): Generator<string, undefined> {
    let start = 0;
    for (const end of this.#ends) {
      yield decodeText(this.#bytes, start, end);
      start = end;
    }
  }
}

/** Collects the bytes of a `StringList` whose length is known. */
export class StringListBuilder {
  readonly #ends: Uint32Array;
  #bytes: Buffer;
  #count = 0;
  #end = 0;

  constructor(length: number) {
    this.#ends = new Uint32Array(length);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(length * 8, 64));
  }

  /** Adds `byteLength` bytes of `source` as the next string. */
  add(source: Buffer, start: number, byteLength: number): void {
    const end = this.#end + byteLength;
    if (end > this.#bytes.length) this.#grow(end);
    // Most strings are so short that a loop beats a call out of JavaScript.
    if (byteLength > 64) this.#bytes.set(source.subarray(start, start + byteLength), this.#end);
    else for (let at = 0; at < byteLength; at++) this.#bytes[this.#end + at] = source[start + at] ?? 0;
    this.#ends[this.#count] = end;
    this.#count += 1;
    this.#end = end;
  }

  /** The list, or the index of the first string that is not UTF-8. */
  finish(): StringList | number {
    const bytes = this.#bytes.subarray(0, this.#end);
    return areUtf8(bytes, this.#ends) ? new StringList(bytes, this.#ends) : firstInvalid(bytes, this.#ends);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}

/** One check of the whole, and none of the parts may begin within a character: much faster than a check of each. */
function areUtf8(bytes: Buffer, ends: Uint32Array): boolean {
  if (!isUtf8(bytes)) return false;
  for (const end of ends) if (((bytes[end] ?? 0) & 0xc0) === 0x80) return false;
  return true;
}

function firstInvalid(bytes: Buffer, ends: Uint32Array): number {
  let start = 0;
  return ends.findIndex((end) => {
    const valid = isUtf8(bytes.subarray(start, end));
    start = end;
    return !valid;
  });
}
