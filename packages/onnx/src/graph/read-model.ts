import { readFile, stat } from 'node:fs/promises';
import { FerrumError } from '@ferrum/registry/errors';
import { decodeModel } from './decode-model.js';
import type { OnnxModel } from './model.js';

/** Protobuf's own limit; weights beyond it must be external data. */
const maximumByteLength = 2 ** 31 - 1;

/**
 * Reads a model file, without the external data it refers to.
 * @throws FerrumError `NotFound`, `IO`, `InvalidFormat`.
 */
export async function readModel(path: string): Promise<OnnxModel> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > maximumByteLength) {
      throw new FerrumError(
        'InvalidFormat',
        `${path} has ${size} bytes; an ONNX file has at most ${maximumByteLength}.`,
      );
    }
    bytes = await readFile(path);
  } catch (cause) {
    if (FerrumError.isInstance(cause)) throw cause;
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new FerrumError(isMissing ? 'NotFound' : 'IO', `Cannot read the ONNX model ${path}: ${problem}`, { cause });
  }
  return decodeModel(bytes, path);
}
