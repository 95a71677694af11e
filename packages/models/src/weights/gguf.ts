import { FerrumError } from '@ferrum/registry/errors';
import { readGgufMetadata } from './gguf-metadata.js';
import { readGgufTensors, smallestTensorEntry } from './gguf-tensors.js';
import { HeaderReader } from './header-reader.js';
import { maxGgufHeaderBytes } from './limits.js';
import { SourceFile } from './source-file.js';
import { createWeightFile, type MetadataValue, type TensorInfo, type WeightFile } from './weight-file.js';

/** "GGUF" as a little-endian number. */
export const ggufMagic = 0x46554747;

/**
 * Opens a GGUF file of version 2 or 3 (docs/gguf.md of ggml) and reads its header; tensors stay on disk.
 * @throws FerrumError `NotFound`, `InvalidFormat` (a damaged file), `Unsupported` (version 1, big-endian, a tensor type that
 * Ferrum cannot read, one part of a split model), `PermissionDenied`, `IO`.
 */
export async function openGguf(path: string): Promise<WeightFile> {
  const source = await SourceFile.open(path);
  try {
    const { metadata, tensors } = await readHeader(source);
    return createWeightFile('gguf', metadata, tensors, [source]);
  } catch (error) {
    await source.close();
    throw error;
  }
}

interface GgufHeader {
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

async function readHeader(source: SourceFile): Promise<GgufHeader> {
  const reader = new HeaderReader(source, maxGgufHeaderBytes);
  await reader.need(8, 'the GGUF magic and version');
  const magic = reader.u32();
  if (magic !== ggufMagic) throw reader.invalid(`the magic 0x${magic.toString(16)}`, '"GGUF" (0x46554747)', 0);
  checkVersion(reader.u32(), source.path);
  await reader.need(16, 'the tensor and metadata counts');
  const tensorCount = reader.u64();
  const metadataCount = reader.u64();
  // A metadata entry has at least a key length, a key, a type and a value: 14 bytes.
  if (tensorCount * smallestTensorEntry + metadataCount * 14 > reader.bytesLeft) {
    const found = `${tensorCount} tensors and ${metadataCount} metadata entries`;
    throw reader.invalid(found, `counts that fit into the ${reader.bytesLeft} bytes left`, 8);
  }
  const metadata = await readGgufMetadata(reader, metadataCount);
  checkSplit(metadata, source.path);
  const tensors = await readGgufTensors(reader, tensorCount, alignmentOf(metadata, reader), source.path);
  return { metadata, tensors };
}

function checkVersion(version: number, path: string): void {
  if (version === 2 || version === 3) return;
  // A small version number in the high bytes: the whole file is in the other byte order.
  const found =
    (version & 0xffff) === 0 && version !== 0 ? 'a big-endian GGUF file' : `a GGUF file of version ${version}`;
  throw new FerrumError(
    'Unsupported',
    `${path} is ${found}; Ferrum reads little-endian versions 2 and 3. Convert the model again with a current llama.cpp.`,
    { details: { file: path, version } },
  );
}

function checkSplit(metadata: ReadonlyMap<string, MetadataValue>, path: string): void {
  const parts = metadata.get('split.count');
  if (typeof parts !== 'number' || parts <= 1) return;
  throw new FerrumError(
    'Unsupported',
    `${path} is one of ${parts} parts of a model. Join them first with \`llama-gguf-split --merge\`.`,
    { details: { file: path, parts } },
  );
}

function alignmentOf(metadata: ReadonlyMap<string, MetadataValue>, reader: HeaderReader): number {
  const alignment = metadata.get('general.alignment') ?? 32;
  const isPowerOfTwo =
    typeof alignment === 'number' &&
    Number.isInteger(alignment) &&
    alignment >= 1 &&
    alignment < 2 ** 32 &&
    Number.isInteger(Math.log2(alignment));
  if (!isPowerOfTwo) {
    const found = typeof alignment === 'number' ? alignment : `a ${typeof alignment}`;
    throw reader.invalid(`general.alignment ${found} among the metadata before it`, 'a power of two');
  }
  return alignment;
}
