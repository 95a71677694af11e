import { Buffer } from 'node:buffer';
import { FerrumError } from '@ferrum/registry/errors';
import { invalidFormat, quote } from './invalid-format.js';
import { JsonScanner } from './json-scanner.js';
import { maxDimensions, maxSafetensorsHeaderBytes } from './limits.js';
import type { SourceFile } from './source-file.js';
import type { TensorInfo } from './weight-file.js';
import { tensorByteLength, type WeightType } from './weight-type.js';

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

/** Reads and checks the header: a u64 byte length, then JSON (the format's README). Data starts right after it. */
export async function readSafetensorsHeader(source: SourceFile): Promise<SafetensorsHeader> {
  const file = source.path;
  if (source.byteLength < 8) {
    throw invalidFormat(
      { file, offset: 0 },
      `${source.byteLength} bytes`,
      'the 8 bytes of a safetensors header length',
    );
  }
  const length = new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true);
  const longest = Math.min(source.byteLength - 8, maxSafetensorsHeaderBytes);
  if (length > longest) {
    throw invalidFormat({ file, offset: 0 }, `a header length of ${length}`, `at most ${longest}`);
  }
  const bytes = await source.read(8, Number(length));
  const dataStart = 8 + bytes.byteLength;
  const metadata = new Map<string, string>();
  const tensors = new Map<string, TensorInfo>();
  const json = new JsonScanner(Buffer.from(bytes.buffer), file, 8);
  json.object((key, keyOffset) => {
    if (key === '__metadata__') json.object((name) => metadata.set(name, json.string()));
    else tensors.set(key, readTensor(json, key, keyOffset, dataStart, file));
  });
  json.end();
  checkPlacement([...tensors.values()], dataStart, source);
  return { metadata, tensors };
}

/** The format's dtypes under their own names, which are Ferrum's too. */
const dtypes: ReadonlySet<string> = new Set<WeightType>([
  'F64',
  'F32',
  'F16',
  'BF16',
  'F8_E4M3',
  'F8_E5M2',
  'F8_E8M0',
  'I64',
  'I32',
  'I16',
  'I8',
  'U64',
  'U32',
  'U16',
  'U8',
  'BOOL',
  'C64',
]);

function readTensor(json: JsonScanner, name: string, keyOffset: number, dataStart: number, file: string): TensorInfo {
  const what = `tensor ${quote(name)}`;
  let dtype: string | undefined;
  let dims: number[] | undefined;
  let range: number[] | undefined;
  json.object((key) => {
    if (key === 'dtype') dtype = json.string();
    else if (key === 'shape') dims = readIntegers(json, maxDimensions, `dimensions of ${what}`);
    else if (key === 'data_offsets') range = readIntegers(json, 2, `offsets of ${what}`);
    else json.skip();
  });
  const [start, end] = range ?? [];
  if (dtype === undefined || dims === undefined || start === undefined || end === undefined) {
    throw json.invalid(`an incomplete entry of ${what}`, 'dtype, shape and two data_offsets', keyOffset);
  }
  const type = toWeightType(dtype, what, file);
  const byteLength = tensorByteLength(type, dims);
  if (byteLength === undefined || byteLength !== end - start) {
    const found = `the shape [${dims.join(', ')}] of ${type} at bytes ${start}–${end} for ${what}`;
    const expected = byteLength === undefined ? 'a size below 2^53 bytes' : `${byteLength} bytes`;
    throw json.invalid(found, expected, keyOffset);
  }
  return { name, type, dims, offset: dataStart + start, byteLength, file };
}

function readIntegers(json: JsonScanner, most: number, what: string): number[] {
  const integers: number[] = [];
  json.array((index) => {
    if (index >= most) throw json.invalid(`more ${what}`, `at most ${most}`);
    integers.push(json.integer());
  });
  return integers;
}

function toWeightType(dtype: string, what: string, file: string): WeightType {
  if (isWeightType(dtype)) return dtype;
  throw new FerrumError(
    'Unsupported',
    `${file}: ${what} is stored as ${quote(dtype)}, which Ferrum cannot read. Use a file of these types: ${[...dtypes].join(', ')}.`,
    { details: { file, type: dtype } },
  );
}

function isWeightType(dtype: string): dtype is WeightType {
  return dtypes.has(dtype);
}

/** The specification wants the data covered from its first byte to the file's last, without overlap or hole. */
function checkPlacement(tensors: readonly TensorInfo[], dataStart: number, source: SourceFile): void {
  let end = dataStart;
  const sorted = tensors.toSorted((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  for (const { name, offset, byteLength } of sorted) {
    if (offset !== end) {
      const problem = offset < end ? 'overlapping its predecessor' : 'after a hole';
      const found = `tensor ${quote(name)} at byte ${offset}, ${problem}`;
      throw invalidFormat({ file: source.path, offset: end }, found, `tensor data from byte ${end}`);
    }
    end = offset + byteLength;
  }
  if (end !== source.byteLength) {
    const place = { file: source.path, offset: Math.min(end, source.byteLength) };
    throw invalidFormat(
      place,
      `the end of the file at byte ${source.byteLength}`,
      `the end of the data at byte ${end}`,
    );
  }
}
