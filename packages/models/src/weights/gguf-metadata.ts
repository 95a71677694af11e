import type { HeaderReader } from './header-reader.js';
import { quote } from './invalid-format.js';
import { maxArrayItems, maxMetadataEntries } from './limits.js';
import { type StringList, StringListBuilder } from './string-list.js';
import type { MetadataArray, MetadataValue } from './weight-file.js';

/** Reads `count` key-value pairs. */
export async function readGgufMetadata(reader: HeaderReader, count: number): Promise<Map<string, MetadataValue>> {
  if (count > maxMetadataEntries) {
    throw reader.invalid(`a count of ${count} metadata entries`, `at most ${maxMetadataEntries}`);
  }
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < count; i++) {
    const start = reader.position;
    const key = await readGgufString(reader, 'a metadata key');
    if (key === '' || metadata.has(key)) {
      throw reader.invalid(key === '' ? 'an empty key' : `the key ${quote(key)} again`, 'a new metadata key', start);
    }
    await reader.need(4, 'a metadata type');
    metadata.set(key, await readValue(reader, reader.u32(), `the value of ${quote(key)}`));
  }
  return metadata;
}

/** A u64 byte length, then that many bytes of UTF-8. */
export async function readGgufString(reader: HeaderReader, what: string): Promise<string> {
  await reader.need(8, what);
  const byteLength = reader.u64();
  await reader.need(byteLength, what);
  return reader.text(byteLength, what);
}

interface ScalarType<T> {
  readonly byteLength: number;
  read(reader: HeaderReader): T;
}

interface NumberType extends ScalarType<number> {
  /** Of an array's bytes. 64-bit integers are read one by one instead, to check each. */
  toArray?(bytes: ArrayBuffer): MetadataArray;
}

/** enum gguf_metadata_value_type of the GGUF specification. */
const boolType = 7;
const stringType = 8;
const arrayType = 9;
const numberTypes: ReadonlyMap<number, NumberType> = new Map<number, NumberType>([
  [0, { byteLength: 1, read: (reader) => reader.u8(), toArray: (bytes) => new Uint8Array(bytes) }],
  [1, { byteLength: 1, read: (reader) => reader.i8(), toArray: (bytes) => new Int8Array(bytes) }],
  [2, { byteLength: 2, read: (reader) => reader.u16(), toArray: (bytes) => new Uint16Array(bytes) }],
  [3, { byteLength: 2, read: (reader) => reader.i16(), toArray: (bytes) => new Int16Array(bytes) }],
  [4, { byteLength: 4, read: (reader) => reader.u32(), toArray: (bytes) => new Uint32Array(bytes) }],
  [5, { byteLength: 4, read: (reader) => reader.i32(), toArray: (bytes) => new Int32Array(bytes) }],
  [6, { byteLength: 4, read: (reader) => reader.f32(), toArray: (bytes) => new Float32Array(bytes) }],
  [10, { byteLength: 8, read: (reader) => reader.u64() }],
  [11, { byteLength: 8, read: (reader) => reader.i64() }],
  [12, { byteLength: 8, read: (reader) => reader.f64(), toArray: (bytes) => new Float64Array(bytes) }],
]);
const bool: ScalarType<boolean> = { byteLength: 1, read: readBool };

async function readValue(reader: HeaderReader, type: number, what: string): Promise<MetadataValue> {
  if (type === stringType) return readGgufString(reader, what);
  if (type === arrayType) return readArray(reader, what);
  const scalar = type === boolType ? bool : numberTypes.get(type);
  if (!scalar) throw unknownType(reader, type, what);
  await reader.need(scalar.byteLength, what);
  return scalar.read(reader);
}

async function readArray(reader: HeaderReader, what: string): Promise<MetadataArray> {
  await reader.need(12, `the array head of ${what}`);
  const type = reader.u32();
  // The specification allows them, ggml refuses them too, and no model has them.
  if (type === arrayType) throw reader.invalid(`arrays within an array in ${what}`, 'strings, booleans or numbers');
  const number = numberTypes.get(type);
  if (!number && type !== boolType && type !== stringType) throw unknownType(reader, type, what);
  const count = reader.u64();
  const smallestItem = number?.byteLength ?? (type === stringType ? 8 : bool.byteLength);
  checkCount(reader, count, smallestItem, number ? Number.MAX_SAFE_INTEGER : maxArrayItems, what);
  if (number) return readNumbers(reader, number, count, what);
  return type === boolType ? readBooleans(reader, count, what) : readStrings(reader, count, what);
}

async function readNumbers(
  reader: HeaderReader,
  type: NumberType,
  count: number,
  what: string,
): Promise<MetadataArray> {
  await reader.need(count * type.byteLength, what);
  if (type.toArray) return type.toArray(reader.bytes(count * type.byteLength).buffer);
  return Float64Array.from({ length: count }, () => type.read(reader));
}

async function readBooleans(reader: HeaderReader, count: number, what: string): Promise<readonly boolean[]> {
  await reader.need(count, what);
  return Array.from({ length: count }, () => readBool(reader));
}

async function readStrings(reader: HeaderReader, count: number, what: string): Promise<StringList> {
  const start = reader.position;
  const builder = new StringListBuilder(count);
  for (let i = 0; i < count; i++) {
    // `need` is awaited only when it must be: vocabularies have hundreds of thousands of strings.
    if (!reader.has(8)) await reader.need(8, what);
    const byteLength = reader.u64();
    if (!reader.has(byteLength)) await reader.need(byteLength, what);
    reader.append(byteLength, builder);
  }
  const strings = builder.finish();
  if (typeof strings !== 'number') return strings;
  throw reader.invalid(`bytes that are not UTF-8 in item ${strings} of ${what}`, 'UTF-8', start);
}

/** Refuses a count that the file cannot hold, before anything is made of that size. */
function checkCount(reader: HeaderReader, count: number, itemBytes: number, limit: number, what: string): void {
  if (count * itemBytes > reader.bytesLeft) {
    throw reader.invalid(
      `a count of ${count} items with ${reader.bytesLeft} bytes left`,
      `a count that fits in ${what}`,
    );
  }
  if (count > limit) throw reader.invalid(`a count of ${count} items in ${what}`, `at most ${limit}`);
}

function readBool(reader: HeaderReader): boolean {
  const offset = reader.position;
  const value = reader.u8();
  if (value > 1) throw reader.invalid(`the byte ${value}`, 'a boolean, 0 or 1', offset);
  return value === 1;
}

function unknownType(reader: HeaderReader, type: number, what: string): Error {
  return reader.invalid(`the type ${type} for ${what}`, 'a metadata type from 0 to 12');
}
