import { FerrumError } from '@ferrum/registry/errors';
import { dequantizeQ4_0, dequantizeQ4_1, dequantizeQ5_0, dequantizeQ5_1, dequantizeQ8_0 } from './dequantize-blocks.js';
import { dequantizeGroups } from './dequantize-groups.js';
import { dequantizeIQ4_NL, dequantizeIQ4_XS } from './dequantize-iq4.js';
import {
  dequantizeQ2_K,
  dequantizeQ3_K,
  dequantizeQ4_K,
  dequantizeQ5_K,
  dequantizeQ6_K,
} from './dequantize-k-blocks.js';
import { bfloat16ArrayToFloat32, float16ArrayToFloat32 } from './half-float.js';
import { blockLayouts, groupTypeParts, type WeightType } from './weight-type.js';

type Dequantizer = (bytes: Uint8Array, out: Float32Array) => void;

const dequantizers: Partial<Record<WeightType, Dequantizer>> = {
  F32: (bytes, out) => new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes),
  F16: (bytes, out) => float16ArrayToFloat32(halfWords(bytes), out),
  BF16: (bytes, out) => bfloat16ArrayToFloat32(halfWords(bytes), out),
  Q4_0: dequantizeQ4_0,
  Q4_1: dequantizeQ4_1,
  Q5_0: dequantizeQ5_0,
  Q5_1: dequantizeQ5_1,
  Q8_0: dequantizeQ8_0,
  Q2_K: dequantizeQ2_K,
  Q3_K: dequantizeQ3_K,
  Q4_K: dequantizeQ4_K,
  Q5_K: dequantizeQ5_K,
  Q6_K: dequantizeQ6_K,
  IQ4_NL: dequantizeIQ4_NL,
  IQ4_XS: dequantizeIQ4_XS,
};

/** True for the types that `dequantize` turns into float32. */
export function canDequantize(type: WeightType): boolean {
  return dequantizerOf(type) !== undefined;
}

/**
 * The float32 values of whole blocks (`blockLayouts`) of F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K … Q6_K,
 * IQ4_NL or IQ4_XS, equal bit for bit to ggml's reference, or of a `GroupType`. Writes to `out` when given, which must have the right length.
 * @throws FerrumError `Unsupported` for another type, `InvalidParameter` for a broken block or a wrong `out`.
 */
export function dequantize(type: WeightType, bytes: Uint8Array, out?: Float32Array): Float32Array {
  const dequantizer = dequantizerOf(type);
  if (!dequantizer) {
    const supported = Object.keys(dequantizers).join(', ');
    throw new FerrumError('Unsupported', `${type} weights cannot be turned into float32; these can: ${supported}.`);
  }
  const { blockSize, blockBytes } = blockLayouts[type];
  const blocks = bytes.byteLength / blockBytes;
  if (!Number.isInteger(blocks)) {
    const message = `${bytes.byteLength} bytes of ${type} are not whole blocks of ${blockBytes} bytes.`;
    throw new FerrumError('InvalidParameter', message, { details: { type, byteLength: bytes.byteLength } });
  }
  const values = out ?? new Float32Array(blocks * blockSize);
  if (values.length !== blocks * blockSize) {
    const message = `The output has room for ${values.length} values; ${bytes.byteLength} bytes of ${type} hold ${blocks * blockSize}.`;
    throw new FerrumError('InvalidParameter', message, { details: { type, length: values.length } });
  }
  dequantizer(bytes, values);
  return values;
}

function dequantizerOf(type: WeightType): Dequantizer | undefined {
  if (Object.hasOwn(dequantizers, type)) return dequantizers[type];
  const group = groupTypeParts(type);
  return group && ((bytes, out) => dequantizeGroups(group, bytes, out));
}

/** The same bytes as 16-bit words, copied only when they start at an odd address. */
function halfWords(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}
