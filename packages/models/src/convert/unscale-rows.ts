import { FerrumError } from '@ferrum/registry/errors';
import { dequantize } from '../weights/dequantize.js';
import type { TensorInfo, WeightFile } from '../weights/weight-file.js';

/**
 * What a tensor's stored numbers are to be divided by: one number, or one for each row; undefined when they are its values.
 * @throws FerrumError `InvalidFormat` for a scale that would not give finite values
 */
export async function readScale(
  file: WeightFile,
  { name, scale, type }: TensorInfo,
): Promise<Float32Array | undefined> {
  if (scale === undefined) return undefined;
  const values = dequantize('F32', await file.read(scale));
  const largest = type === 'I8' ? 128 : 32_768;
  const wrong = values.find((value) => !(value > 0 && value < Infinity && Math.fround(largest / value) < Infinity));
  if (wrong === undefined) return values;
  throw new FerrumError(
    'InvalidFormat',
    `Tensor "${scale}" holds the scale ${wrong} for "${name}"; dividing by it does not give finite numbers. The file is damaged.`,
  );
}

/**
 * The float32 values of whole rows of I8 or I16.
 * @param bytes the rows, [rows, …]
 * @param scale of the tensor, as `readScale` gives it
 * @param rowOf where in the tensor a row of `bytes` is
 */
export function unscaleRows(
  { name, type, dims }: TensorInfo,
  bytes: Uint8Array,
  scale: Float32Array,
  rowOf: (row: number) => number,
): Float32Array {
  const stored = integersOf(type, bytes);
  if (!stored) throw new FerrumError('Unsupported', `Tensor "${name}" has a scale, but is stored as ${type}.`);
  const rowLength = dims.slice(1).reduce((product, size) => product * size, 1);
  const values = new Float32Array(stored.length);
  for (let start = 0, row = 0; start < stored.length; start += rowLength, row++) {
    const divisor = scale[scale.length === 1 ? 0 : rowOf(row)] as number;
    for (let at = start; at < start + rowLength; at++) values[at] = (stored[at] as number) / divisor;
  }
  return values;
}

function integersOf(type: TensorInfo['type'], bytes: Uint8Array): Int8Array | Int16Array | undefined {
  if (type === 'I8') return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type !== 'I16') return undefined;
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}
