import { FerrumError } from '@ferrum/registry/errors';
import { readGgufString } from './gguf-metadata.js';
import { ggmlTypes, unsupportedGgmlTypes } from './gguf-types.js';
import type { HeaderReader } from './header-reader.js';
import { quote } from './invalid-format.js';
import { maxDimensions, maxTensors } from './limits.js';
import type { TensorInfo } from './weight-file.js';
import { blockLayouts, tensorByteLength, type WeightType } from './weight-type.js';

/** Name length, dimension count, one dimension, type and offset: the bytes of the shortest entry, with an empty name. */
export const smallestTensorEntry = 8 + 4 + 8 + 4 + 8;

/** Reads `count` tensor entries. Their data follows the last, aligned to `alignment` bytes, as every tensor is. */
export async function readGgufTensors(
  reader: HeaderReader,
  count: number,
  alignment: number,
  file: string,
): Promise<Map<string, TensorInfo>> {
  if (count > maxTensors) throw reader.invalid(`a count of ${count} tensors`, `at most ${maxTensors}`);
  const entries = new Map<string, TensorEntry>();
  for (let i = 0; i < count; i++) {
    const entry = await readEntry(reader, alignment, file);
    if (entries.has(entry.name)) {
      throw reader.invalid(`the tensor ${quote(entry.name)} again`, 'a new tensor name', entry.entryOffset);
    }
    entries.set(entry.name, entry);
  }
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  checkPlacement(reader, [...entries.values()], dataStart, reader.position + reader.bytesLeft);
  const tensors = new Map<string, TensorInfo>();
  for (const { name, type, dims, offset, byteLength } of entries.values()) {
    tensors.set(name, { name, type, dims, offset: dataStart + offset, byteLength, file });
  }
  return tensors;
}

interface TensorEntry {
  readonly name: string;
  readonly type: WeightType;
  readonly dims: readonly number[];
  /** From the start of the data. */
  readonly offset: number;
  readonly byteLength: number;
  /** Of this entry in the file, for errors. */
  readonly entryOffset: number;
}

async function readEntry(reader: HeaderReader, alignment: number, file: string): Promise<TensorEntry> {
  const entryOffset = reader.position;
  const name = await readGgufString(reader, 'a tensor name');
  const what = `tensor ${quote(name)}`;
  await reader.need(4, what);
  const rank = reader.u32();
  if (rank < 1 || rank > maxDimensions) {
    throw reader.invalid(`${rank} dimensions for ${what}`, `1 to ${maxDimensions}`, entryOffset);
  }
  await reader.need(rank * 8 + 12, what);
  const dims: number[] = [];
  // The file has the innermost dimension first.
  for (let i = 0; i < rank; i++) dims.unshift(reader.u64());
  if (dims.includes(0))
    throw reader.invalid(`the shape ${dims.join(' × ')} for ${what}`, 'no dimension of 0', entryOffset);
  const type = readType(reader, what, file);
  const byteLength = tensorByteLength(type, dims);
  if (byteLength === undefined) {
    const { blockSize } = blockLayouts[type];
    const expected = `rows of a multiple of ${blockSize} and a size below 2^53 bytes`;
    throw reader.invalid(`the shape ${dims.join(' × ')} of ${type} for ${what}`, expected, entryOffset);
  }
  const offset = reader.u64();
  if (offset % alignment !== 0) {
    throw reader.invalid(`the offset ${offset} for ${what}`, `a multiple of the alignment ${alignment}`, entryOffset);
  }
  return { name, type, dims, offset, byteLength, entryOffset };
}

function readType(reader: HeaderReader, what: string, file: string): WeightType {
  const id = reader.u32();
  const type = ggmlTypes.get(id);
  if (type) return type;
  const name = unsupportedGgmlTypes.get(id) ?? `unknown ggml type ${id}`;
  const supported = [...ggmlTypes.values()].join(', ');
  throw new FerrumError(
    'Unsupported',
    `${file}: ${what} is stored as ${name}, which Ferrum cannot read. Use a file of these types: ${supported}.`,
    { details: { file, type: name } },
  );
}

function checkPlacement(
  reader: HeaderReader,
  entries: readonly TensorEntry[],
  dataStart: number,
  fileEnd: number,
): void {
  let previous: TensorEntry | undefined;
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    const what = `tensor ${quote(entry.name)} at bytes ${dataStart + entry.offset}–${dataStart + entry.offset + entry.byteLength}`;
    if (dataStart + entry.offset + entry.byteLength > fileEnd) {
      throw reader.invalid(what, `an end within the ${fileEnd} bytes of the file`, entry.entryOffset);
    }
    if (previous && entry.offset < previous.offset + previous.byteLength) {
      throw reader.invalid(what, `no overlap with tensor ${quote(previous.name)}`, entry.entryOffset);
    }
    previous = entry;
  }
}
