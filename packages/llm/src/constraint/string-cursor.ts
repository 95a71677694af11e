import { Utf8Cursor } from './utf8-cursor.js';

/** Follows the bytes of JSON text and counts the characters since the last quote that is not escaped. */
export class StringCursor {
  /** Characters begun since then; an escape sequence is one. */
  length = 0;
  /** 0 outside of an escape sequence, 5 after its backslash, else hexadecimal digits that are missing. */
  escape = 0;
  #character = new Utf8Cursor();

  get isInsideCharacter(): boolean {
    return this.escape > 0 || this.#character.missing > 0;
  }

  copy(): StringCursor {
    const copy = new StringCursor();
    copy.length = this.length;
    copy.escape = this.escape;
    copy.#character = this.#character.copy();
    return copy;
  }

  /** @returns whether the byte is a quote that opens or closes a string */
  push(byte: number): boolean {
    if (this.escape === afterBackslash) {
      this.escape = byte === letterU ? 4 : 0;
      return false;
    }
    if (this.escape > 0) {
      this.escape -= 1;
      return false;
    }
    if (!this.#character.push(byte)) return false;
    if (byte === quote) {
      this.length = 0;
      return true;
    }
    this.length += 1;
    if (byte === backslash) this.escape = afterBackslash;
    return false;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const letterU = 0x75;
const afterBackslash = 5;
