import { Buffer } from 'node:buffer';
import type { FerrumError } from '@ferrum/registry/errors';
import { decodeUtf8 } from './decode-utf8.js';
import { invalidFormat } from './invalid-format.js';
import type { SourceFile } from './source-file.js';
import type { StringListBuilder } from './string-list.js';

/** Chunks grow to this: strings of one are decoded in about 5 ms, during which the event loop waits. */
const largestChunk = 128 * 1024;

const chunkAfterData = 1024;

/**
 * Reads little-endian values from the front of a file through a window that moves along. The values are read synchronously
 * once `need` has brought enough bytes into the window; `has` says when that may be left out, in long arrays.
 */
export class HeaderReader {
  readonly #source: SourceFile;
  readonly #limit: number;
  #window: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Within the window: the next byte to read, and the end of what was read from the file. */
  #at = 0;
  #end = 0;
  /** Within the file: the window's first byte. */
  #windowStart = 0;
  #chunk = 16 * 1024;
  /** Bytes passed over. */
  #skipped = 0;

  /** `limit`: bytes that the header may have. */
  constructor(source: SourceFile, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  /** Of the next byte to read, from the start of the file. */
  get position(): number {
    return this.#windowStart + this.#at;
  }

  get path(): string {
    return this.#source.path;
  }

  get bytesLeft(): number {
    return this.#source.byteLength - this.position;
  }

  /** Whether the next `count` bytes can be read without `need`. */
  has(count: number): boolean {
    return this.#end - this.#at >= count;
  }

  /** Makes the next `count` bytes readable. `what` they are completes the error's "expected N bytes of …". */
  async need(count: number, what: string): Promise<void> {
    if (this.has(count)) return;
    if (count > this.bytesLeft) {
      throw this.invalid(`${this.bytesLeft} bytes before the end of the file`, `${count} bytes of ${what}`);
    }
    if (this.position - this.#skipped + count > this.#limit) {
      throw this.invalid(`${count} bytes of ${what}`, `a header of at most ${this.#limit} bytes`);
    }
    this.#chunk = Math.min(this.#chunk * 2, largestChunk);
    const kept = this.#end - this.#at;
    const wanted = Math.min(Math.max(count, this.#chunk), this.bytesLeft);
    this.#makeRoom(wanted);
    await this.#source.readInto(this.#window.subarray(kept, wanted), this.#windowStart + kept);
    this.#end = wanted;
  }

  /** Passes over data that lies within the header, which the file must have. It does not count against the limit. */
  skip(count: number): void {
    this.#skipped += count;
    if (this.has(count)) {
      this.#at += count;
      return;
    }
    this.#windowStart = this.position + count;
    this.#at = 0;
    this.#end = 0;
    // What follows data is often more data: read little of it in vain.
    this.#chunk = chunkAfterData;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  i8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  i16(): number {
    return this.#view.getInt16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** @throws FerrumError `InvalidFormat` beyond 2^53 − 1. */
  u64(): number {
    const low = this.#view.getUint32(this.#at, true);
    const high = this.#view.getUint32(this.#at + 4, true);
    if (high > 0x1fffff) {
      throw this.invalid(String(this.#view.getBigUint64(this.#at, true)), 'an integer of at most 53 bits');
    }
    this.#advance(8);
    return high * 2 ** 32 + low;
  }

  /** @throws FerrumError `InvalidFormat` beyond ±(2^53 − 1). */
  i64(): number {
    const value = this.#view.getBigInt64(this.#at, true);
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw this.invalid(String(value), 'an integer of at most 53 bits');
    this.#advance(8);
    return number;
  }

  /** @throws FerrumError `InvalidFormat` when the bytes are not UTF-8. */
  text(byteLength: number, what: string): string {
    const text = decodeUtf8(this.#window, this.#at, this.#at + byteLength);
    if (text === undefined) throw this.invalid(`bytes that are not UTF-8 in ${what}`, 'UTF-8');
    this.#advance(byteLength);
    return text;
  }

  /** Adds the next bytes to a list of strings, whose encoding is checked when it is whole. */
  append(byteLength: number, builder: StringListBuilder): void {
    builder.add(this.#window, this.#advance(byteLength), byteLength);
  }

  /** A copy, at the start of its own memory. */
  bytes(byteLength: number): Uint8Array<ArrayBuffer> {
    const start = this.#advance(byteLength);
    return new Uint8Array(this.#window.subarray(start, start + byteLength));
  }

  /** An error about what is at the next byte, or at `offset`. */
  invalid(found: string, expected: string, offset = this.position): FerrumError {
    return invalidFormat({ file: this.#source.path, offset }, found, expected);
  }

  /** Moves the bytes not yet read to the front of a window that holds `byteLength`. */
  #makeRoom(byteLength: number): void {
    this.#windowStart = this.position;
    this.#end -= this.#at;
    const unread = this.#window.subarray(this.#at, this.#at + this.#end);
    this.#at = 0;
    if (byteLength > this.#window.length) {
      this.#window = Buffer.allocUnsafeSlow(byteLength);
      this.#view = new DataView(this.#window.buffer);
    }
    this.#window.set(unread);
  }

  #advance(byteLength: number): number {
    const start = this.#at;
    this.#at += byteLength;
    return start;
  }
}
