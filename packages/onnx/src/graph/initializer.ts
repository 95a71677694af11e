import { FerrumError } from '@ferrum/registry/errors';
import { arrayNameOf, isDataOfType, isElementType } from '../tensor/element-type.js';
import { bytesOf } from './bytes-of.js';
import { type Dimension, formatShape } from './dimension.js';
import type { ExternalData } from './external-data.js';
import type { OnnxTensor, OnnxTensorData } from './model.js';
import { type TensorType, tensorByteLength } from './tensor-type.js';

/** Elements of a constant: a typed array of the tensor's type, or its bytes, little-endian. 16-bit floats are bit patterns. */
export type InitializerData = InitializerArray | ExternalData;

export type InitializerArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** Larger integer tensors are data, not shapes. */
const maximumContents = 1024;

/** @throws FerrumError `InvalidParameter` when shape, type and data don't agree. Inline data are copied. */
export function createInitializer(
  name: string,
  type: TensorType,
  shape: readonly number[],
  data: InitializerData,
): OnnxTensor {
  const fail = (problem: string): never => {
    const message = `Initializer "${name}" (${type} ${formatShape(shape)}) ${problem}.`;
    throw new FerrumError('InvalidParameter', message, { details: { initializer: name } });
  };
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) fail('needs sizes that are integers from 0');
  if (type === 'string') fail('cannot hold text');
  const byteLength = tensorByteLength(
    type,
    shape.reduce((product, size) => product * size, 1),
  );
  if (data.byteLength !== byteLength) fail(`needs ${byteLength} bytes, not ${data.byteLength}`);
  return {
    name,
    type,
    shape: [...shape],
    data: ArrayBuffer.isView(data) ? inline(type, data, fail) : external(data, fail),
  };
}

/** What a small integer tensor holds, for shape inference. */
export function integerContents({ type, shape, data }: OnnxTensor): readonly Dimension[] | undefined {
  if (data.kind !== 'inline' || shape.length > 1 || (shape[0] ?? 1) > maximumContents) return undefined;
  const { buffer, byteOffset, byteLength } = data.bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  if (type === 'int32') return Array.from({ length: byteLength / 4 }, (_, index) => view.getInt32(4 * index, true));
  if (type !== 'int64') return undefined;
  // Beyond 2^53 only "more than any size" is of interest: Slice writes that for "to the end".
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Array.from({ length: byteLength / 8 }, (_, index) => {
    const value = view.getBigInt64(8 * index, true);
    return Number(value > limit ? limit : value < -limit ? -limit : value);
  });
}

function inline(type: TensorType, data: InitializerArray, fail: (problem: string) => never): OnnxTensorData {
  const isOfType = isElementType(type) && isDataOfType(type, data);
  if (!(data instanceof Uint8Array) && !isOfType) {
    const expected = isElementType(type) ? arrayNameOf(type) : 'Uint8Array';
    fail(`needs a ${expected} (or its bytes), not a ${data.constructor.name}`);
  }
  return { kind: 'inline', bytes: bytesOf(data).slice() };
}

function external(reference: ExternalData, fail: (problem: string) => never): OnnxTensorData {
  const { location, offset, byteLength } = reference;
  const parts = location.split('/');
  if (location === '' || /[\\:\0]/.test(location) || parts.some((part) => part === '' || part === '..')) {
    fail(`refers to "${location}"; expected a path below the model's folder`);
  }
  if (!Number.isSafeInteger(offset) || offset < 0) fail(`has the external offset ${offset}`);
  return { kind: 'external', reference: { location, offset, byteLength } };
}
