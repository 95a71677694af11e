import { FerrumError } from '@ferrum/registry/errors';
import { quote } from './invalid-format.js';
import type { SourceFile } from './source-file.js';
import type { StringList } from './string-list.js';
import type { WeightType } from './weight-type.js';

/** Named tensors and metadata of a model, read from disk as they are asked for. Close it when done. */
export interface WeightFile extends AsyncDisposable {
  readonly format: 'gguf' | 'safetensors' | 'ctranslate2';
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  /** In the order of the file's header. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * The bytes of a tensor, or bytes `[start, end)` of it, little-endian, in fresh memory.
   * @throws FerrumError `NotFound` for a name the file lacks, `InvalidParameter` for a range outside the tensor or a closed
   * file, `InvalidFormat` when the file has shrunk since it was opened, `IO`.
   */
  read(name: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer>>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface TensorInfo {
  readonly name: string;
  readonly type: WeightType;
  /** Row-major, outermost first, in every format; empty for a scalar. */
  readonly dims: readonly number[];
  /** Of the first byte, from the start of `file`. */
  readonly offset: number;
  readonly byteLength: number;
  /** Path of the file (of the shard) that holds the tensor. */
  readonly file: string;
  /**
   * Of integer weights: the F32 tensor by which the stored numbers are to be divided, one number for all (`[]`, `[1]`) or one
   * for each row (`[dims[0]]`).
   */
  readonly scale?: string;
  /** Of a matrix whose columns are stored in another order: which column each is, a permutation. */
  readonly columnOrder?: Int32Array;
  /** The tensor whose bytes these are under another name. */
  readonly aliasOf?: string;
}

export type MetadataValue = string | number | boolean | MetadataArray;

/** 64-bit integers arrive as `Float64Array`, all of them safe integers. */
export type MetadataArray = NumericArray | StringList | readonly boolean[];

export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** A `WeightFile` over files that are already open and whose headers are already checked; it owns them. */
export function createWeightFile(
  format: WeightFile['format'],
  metadata: ReadonlyMap<string, MetadataValue>,
  tensors: ReadonlyMap<string, TensorInfo>,
  sources: readonly SourceFile[],
): WeightFile {
  const byPath = new Map(sources.map((source) => [source.path, source]));

  async function read(name: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer>> {
    const tensor = tensors.get(name);
    const source = tensor && byPath.get(tensor.file);
    if (!tensor || !source) {
      const where = sources.map(({ path }) => path).join(', ');
      throw new FerrumError('NotFound', `No tensor ${quote(name)} in ${where}.`, { details: { tensor: String(name) } });
    }
    const { start, end } = range ?? { start: 0, end: tensor.byteLength };
    const isWithin = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
    if (!isWithin || end > tensor.byteLength) {
      throw new FerrumError(
        'InvalidParameter',
        `Range ${start}–${end} does not lie within the ${tensor.byteLength} bytes of tensor ${quote(name)}.`,
        { details: { tensor: name, byteLength: tensor.byteLength } },
      );
    }
    return source.read(tensor.offset + start, end - start);
  }

  async function close(): Promise<void> {
    await Promise.all(sources.map((source) => source.close()));
  }

  return { format, metadata, tensors, read, close, [Symbol.asyncDispose]: close };
}
