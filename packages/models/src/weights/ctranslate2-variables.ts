import { bfloat16ArrayToFloat32, float16ToFloat32 } from './half-float.js';
import type { HeaderReader } from './header-reader.js';
import { quote } from './invalid-format.js';
import { maxDimensions, maxTensors } from './limits.js';
import { tensorByteLength, type WeightType } from './weight-type.js';

/** A named value of a CTranslate2 file: a tensor, or a scalar with its value. */
export interface Variable {
  readonly name: string;
  readonly type: WeightType;
  /** Row-major, outermost first; empty for a scalar. */
  readonly dims: readonly number[];
  /** Of the data, from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** Of a scalar. */
  readonly value?: number;
  /** Of the entry in the file, for errors. */
  readonly entryOffset: number;
}

export interface Alias {
  readonly alias: string;
  readonly target: string;
}

/** Reads the variables, passing over the tensors' data, which lies among them. `version`: of the container, 2 to 6. */
export async function readVariables(reader: HeaderReader, version: number): Promise<ReadonlyMap<string, Variable>> {
  const count = await readCount(reader, smallestVariable, 'variables');
  const variables = new Map<string, Variable>();
  for (let i = 0; i < count; i++) {
    const variable = await readVariable(reader, version);
    if (variables.has(variable.name)) {
      throw reader.invalid(`the variable ${quote(variable.name)} again`, 'a new name', variable.entryOffset);
    }
    variables.set(variable.name, variable);
  }
  return variables;
}

/** @param taken names that an alias must not have; aliases are added to them */
export async function readAliases(reader: HeaderReader, taken: Set<string>): Promise<readonly Alias[]> {
  const count = await readCount(reader, smallestAlias, 'aliases');
  const aliases: Alias[] = [];
  for (let i = 0; i < count; i++) {
    const start = reader.position;
    const alias = await readCtranslate2String(reader, 'an alias');
    if (taken.has(alias)) throw reader.invalid(`the name ${quote(alias)} again`, 'a new alias', start);
    taken.add(alias);
    aliases.push({ alias, target: await readCtranslate2String(reader, `the target of alias ${quote(alias)}`) });
  }
  return aliases;
}

/** A u16 byte length, which counts the NUL at the end, then the bytes. */
export async function readCtranslate2String(reader: HeaderReader, what: string): Promise<string> {
  const start = reader.position;
  await reader.need(2, what);
  const byteLength = reader.u16();
  if (byteLength < 2) throw reader.invalid(`a length of ${byteLength} for ${what}`, 'at least 2', start);
  await reader.need(byteLength, what);
  const text = reader.text(byteLength - 1, what);
  if (reader.u8() !== 0) throw reader.invalid(`${what} without an end`, 'a NUL after it', start);
  return text;
}

/** Bytes of the shortest entries: texts of one character; rank, type, data length and one byte of data. */
const smallestVariable = 4 + 1 + 1 + 4 + 1;
const smallestAlias = 4 + 4;

async function readCount(reader: HeaderReader, smallestEntry: number, what: string): Promise<number> {
  const start = reader.position;
  await reader.need(4, `the count of ${what}`);
  const count = reader.u32();
  if (count > maxTensors) throw reader.invalid(`a count of ${count} ${what}`, `at most ${maxTensors}`, start);
  if (count * smallestEntry > reader.bytesLeft) {
    const expected = `a count that fits into the ${reader.bytesLeft} bytes left`;
    throw reader.invalid(`a count of ${count} ${what}`, expected, start);
  }
  return count;
}

async function readVariable(reader: HeaderReader, version: number): Promise<Variable> {
  const entryOffset = reader.position;
  const name = await readCtranslate2String(reader, 'the name of a variable');
  const what = `variable ${quote(name)}`;
  await reader.need(1, what);
  const rank = reader.u8();
  if (rank > maxDimensions) {
    throw reader.invalid(`${rank} dimensions for ${what}`, `at most ${maxDimensions}`, entryOffset);
  }
  await reader.need(rank * 4 + 5, what);
  const dims = Array.from({ length: rank }, () => reader.u32());
  const { type, byteLength } = readSize(reader, version, what, entryOffset);
  const needed = tensorByteLength(type, dims);
  if (needed !== byteLength) {
    const found = `${byteLength} bytes for ${what}, ${type} [${dims.join(', ')}]`;
    throw reader.invalid(found, needed === undefined ? 'a size below 2^53 bytes' : `${needed} bytes`, entryOffset);
  }
  if (byteLength > reader.bytesLeft) {
    throw reader.invalid(`${reader.bytesLeft} bytes before the end of the file`, `${byteLength} bytes of ${what}`);
  }
  const place = { name, type, dims, offset: reader.position, byteLength, entryOffset };
  if (rank === 0) {
    await reader.need(byteLength, what);
    return { ...place, value: readScalar(reader, type) };
  }
  reader.skip(byteLength);
  return place;
}

/** `DataType` of include/ctranslate2/types.h, by its number. */
const types: readonly WeightType[] = ['F32', 'I8', 'I16', 'I32', 'F16', 'BF16'];

/** Before version 4 the type was told by its bytes. */
const typesByItemSize: ReadonlyMap<number, WeightType> = new Map([
  [4, 'F32'],
  [2, 'I16'],
  [1, 'I8'],
]);

function readSize(
  reader: HeaderReader,
  version: number,
  what: string,
  entryOffset: number,
): { readonly type: WeightType; readonly byteLength: number } {
  const code = reader.u8();
  const type = version >= 4 ? types[code] : typesByItemSize.get(code);
  if (type === undefined) {
    const [found, expected] = version >= 4 ? ['the type', '0 to 5'] : ['items of size', '1, 2 or 4'];
    throw reader.invalid(`${found} ${code} for ${what}`, expected, entryOffset);
  }
  const size = reader.u32();
  return { type, byteLength: version >= 4 ? size : size * code };
}

function readScalar(reader: HeaderReader, type: WeightType): number {
  switch (type) {
    case 'I8':
      return reader.i8();
    case 'I16':
      return reader.i16();
    case 'I32':
      return reader.i32();
    case 'F16':
      return float16ToFloat32(reader.u16());
    case 'BF16':
      return bfloat16ArrayToFloat32(Uint16Array.of(reader.u16()))[0] ?? Number.NaN;
    default:
      return reader.f32();
  }
}
