import type { Buffer } from 'node:buffer';
import type { FerrumError } from '@ferrum/registry/errors';
import { decodeUtf8 } from './decode-utf8.js';
import { invalidFormat, quote } from './invalid-format.js';
import { maxJsonMembers } from './limits.js';

/** Depth to which values that nobody asked for may nest. */
const deepestSkip = 32;
const quoteByte = 0x22;
const backslash = 0x5c;
const zero = 0x30;

/**
 * Pulls expected values out of JSON bytes. `JSON.parse` does not do for headers from strangers: it keeps the last of
 * duplicate keys without a word, builds whatever it finds before we can object, and cannot say at which byte something is.
 */
export class JsonScanner {
  readonly #bytes: Buffer;
  readonly #file: string;
  readonly #base: number;
  #at = 0;
  #skipped = 0;

  /** `base`: where in the file the bytes start. */
  constructor(bytes: Buffer, file: string, base: number) {
    this.#bytes = bytes;
    this.#file = file;
    this.#base = base;
  }

  /** Of the next byte, in the file. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** Calls `onMember` at each value, which it must consume. Rejects duplicate keys. */
  object(onMember: (key: string, keyOffset: number) => void): void {
    this.#expect('{', 'an object');
    if (this.#take('}')) return;
    const keys = new Set<string>();
    do {
      this.#skipSpace();
      const keyOffset = this.position;
      const key = this.string();
      if (keys.has(key)) throw this.invalid(`the key ${quote(key)} again`, 'a new key', keyOffset);
      if (keys.size === maxJsonMembers) throw this.invalid('more members', `at most ${maxJsonMembers}`, keyOffset);
      keys.add(key);
      this.#expect(':', 'a colon');
      onMember(key, keyOffset);
    } while (this.#take(','));
    this.#expect('}', 'a comma or the end of the object');
  }

  /** Calls `onItem` at each value, which it must consume. */
  array(onItem: (index: number) => void): void {
    this.#expect('[', 'an array');
    if (this.#take(']')) return;
    let index = 0;
    do onItem(index++);
    while (this.#take(','));
    this.#expect(']', 'a comma or the end of the array');
  }

  string(): string {
    this.#expect('"', 'a string');
    const start = this.#at;
    let hasEscape = false;
    for (; ; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || byte < 0x20) throw this.#unexpected('the end of a string');
      if (byte === quoteByte) break;
      if (byte === backslash) {
        hasEscape = true;
        this.#at++;
      }
    }
    const end = this.#at++;
    const text = decodeUtf8(this.#bytes, start, end);
    if (text === undefined) throw this.invalid('bytes that are not UTF-8', 'UTF-8', this.#base + start);
    return hasEscape ? this.#unescape(text, start) : text;
  }

  /** A whole number from 0 to 2^53 − 1. */
  integer(): number {
    this.#skipSpace();
    const start = this.#at;
    let value = 0;
    for (; isDigit(this.#bytes[this.#at]) && value <= Number.MAX_SAFE_INTEGER; this.#at++) {
      value = value * 10 + (this.#bytes[this.#at] ?? 0) - zero;
    }
    const hasLeadingZero = this.#bytes[start] === zero && this.#at > start + 1;
    // What follows is refused by the caller's next step, unless it makes this number another one.
    const goesOn = /[.eE]/.test(String.fromCharCode(this.#bytes[this.#at] ?? 0));
    if (this.#at === start || hasLeadingZero || goesOn || value > Number.MAX_SAFE_INTEGER) {
      this.#at = start;
      throw this.#unexpected('a whole number from 0 to 2^53 − 1');
    }
    return value;
  }

  /** Passes over any value. */
  skip(depth = 0): void {
    this.#skipSpace();
    if (depth > deepestSkip) throw this.invalid('deeper nesting', `at most ${deepestSkip} levels`);
    if (++this.#skipped > maxJsonMembers) throw this.invalid('more values', `at most ${maxJsonMembers} unknown ones`);
    const start = this.#at;
    const first = String.fromCharCode(this.#bytes[start] ?? 0);
    if (first === '{') this.object(() => this.skip(depth + 1));
    else if (first === '[') this.array(() => this.skip(depth + 1));
    else if (first === '"') this.string();
    else if (!/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?)$/.test(this.#word())) {
      this.#at = start;
      throw this.#unexpected('a JSON value');
    }
  }

  /** Only white space may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#unexpected('nothing more');
  }

  invalid(found: string, expected: string, offset = this.position): FerrumError {
    return invalidFormat({ file: this.#file, offset }, found, expected);
  }

  /** A run of the characters that numbers and literals have. */
  #word(): string {
    const start = this.#at;
    while (/[-+.\w]/.test(String.fromCharCode(this.#bytes[this.#at] ?? 0))) this.#at++;
    return this.#bytes.toString('latin1', start, this.#at);
  }

  #unescape(text: string, start: number): string {
    try {
      const value: unknown = JSON.parse(`"${text}"`);
      return String(value);
    } catch {
      throw this.invalid(`the string ${quote(text)}`, 'JSON escapes', this.#base + start);
    }
  }

  #expect(character: string, what: string): void {
    if (!this.#take(character)) throw this.#unexpected(what);
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== character.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (; ; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  }

  #unexpected(expected: string): FerrumError {
    const byte = this.#bytes[this.#at];
    const rest = this.#bytes.toString('latin1', this.#at, this.#at + 20);
    const found = byte === undefined ? 'the end of the JSON text' : quote(rest);
    return this.invalid(found, expected);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}
