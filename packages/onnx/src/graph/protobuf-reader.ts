import { FerrumError } from '@ferrum/registry/errors';
import { PbfReader } from 'pbf';

/** Deep enough for any real model, shallow enough for the stack. */
const maximumDepth = 100;

/** Reads protobuf from bytes that nobody vouches for: no field may leave its message, none may nest without end. */
export class ProtobufReader {
  readonly #reader: PbfReader;
  #end: number;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = new PbfReader(bytes);
    this.#end = bytes.length;
  }

  /** Calls `onField` for each field up to the end of the current message; a field that it doesn't read is skipped. */
  fields(onField: (field: number) => void): void {
    for (;;) {
      const field = this.#reader.nextField(this.#end);
      if (field === 0) break;
      if (this.#reader.pos > this.#end) break;
      onField(field);
      if (this.#reader.pos > this.#end) break;
    }
    if (this.#reader.pos !== this.#end) this.fail('a field reaches past the end of its message');
  }

  /** Reads an embedded message field by field. */
  message(onField: (field: number) => void): void {
    const outerEnd = this.#end;
    this.#end = this.#lengthDelimitedEnd();
    if (++this.#depth > maximumDepth) this.fail(`messages nest more than ${maximumDepth} deep`);
    this.fields(onField);
    this.#depth--;
    this.#end = outerEnd;
  }

  bytes(): Uint8Array {
    const end = this.#lengthDelimitedEnd();
    const bytes = this.#reader.buf.subarray(this.#reader.pos, end);
    this.#reader.pos = end;
    return bytes;
  }

  /** Text, or its bytes when they aren't UTF-8. */
  textOrBytes(): string | Uint8Array {
    const bytes = this.bytes();
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return bytes;
    }
  }

  text(): string {
    const text = this.textOrBytes();
    if (typeof text !== 'string') this.fail('a name is not UTF-8');
    return text;
  }

  /** A 64-bit signed integer, exact. */
  int64(): bigint {
    this.#expectWireType(0);
    return this.#varint();
  }

  /** An integer as a number where that is exact, else as a bigint. */
  integer(): number | bigint {
    return narrowed(this.int64());
  }

  /** An integer that must fit a number. */
  safeInteger(): number {
    const value = this.integer();
    if (typeof value === 'bigint') this.fail(`the integer ${value} is out of range`);
    return value;
  }

  float(): number {
    this.#expectWireType(5);
    return this.#fixed(4, () => this.#reader.readFloat());
  }

  /** Appends one element, or many when the field is packed. */
  int64s(list: bigint[]): void {
    this.#repeated(0, () => list.push(this.#varint()));
  }

  integers(list: (number | bigint)[]): void {
    this.#repeated(0, () => list.push(narrowed(this.#varint())));
  }

  floats(list: number[]): void {
    this.#repeated(5, () => list.push(this.#fixed(4, () => this.#reader.readFloat())));
  }

  doubles(list: number[]): void {
    this.#repeated(1, () => list.push(this.#fixed(8, () => this.#reader.readDouble())));
  }

  fail(problem: string): never {
    throw new FerrumError('InvalidFormat', `${problem} (near byte ${this.#reader.pos})`);
  }

  #repeated(elementWireType: number, readElement: () => void): void {
    if (this.#reader.type === elementWireType) {
      readElement();
      return;
    }
    const end = this.#lengthDelimitedEnd();
    while (this.#reader.pos < end) readElement();
    if (this.#reader.pos !== end) this.fail('a packed list ends inside an element');
  }

  #varint(): bigint {
    let low = 0;
    let high = 0n;
    for (let index = 0; index < 10; index++) {
      if (this.#reader.pos >= this.#end) this.fail('the file ends inside a number');
      const byte = this.#reader.buf[this.#reader.pos++] ?? 0;
      // The first 28 bits without bigints: nearly every number is that short.
      if (index < 4) low |= (byte & 0x7f) << (7 * index);
      else high |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asIntN(64, high | BigInt(low));
    }
    return this.fail('a number has more than 10 bytes');
  }

  #fixed(byteLength: number, read: () => number): number {
    if (this.#reader.pos + byteLength > this.#end) this.fail('the file ends inside a number');
    return read();
  }

  #lengthDelimitedEnd(): number {
    this.#expectWireType(2);
    const length = this.#varint();
    const left = this.#end - this.#reader.pos;
    if (length < 0n || length > BigInt(left)) this.fail(`a field claims ${length} bytes where ${left} are left`);
    return this.#reader.pos + Number(length);
  }

  #expectWireType(expected: number): void {
    if (this.#reader.type !== expected) {
      this.fail(`a field has wire type ${this.#reader.type} instead of ${expected}`);
    }
  }
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
