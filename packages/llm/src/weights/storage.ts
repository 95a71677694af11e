import { dequantize, groupTypeParts, type WeightType } from '@ferrum/models';
import {
  type BlockQuantized,
  type ExactLayout,
  exactGgmlLayout,
  isExactGgmlType,
  packGgmlBlocks,
  quantizeInt4,
  quantizeInt8,
} from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { packGroups } from './pack-groups.js';

/**
 * How linear layers are stored in the graph. `exact`: quantised weights (those of GGUF, GPTQ and AWQ) keep their values in 4 or 8
 * bits, everything else becomes int8; `int8`: 8 bits, exact where the file's own blocks have no minimum (so not Q4_1, Q5_1, Q2_K,
 * Q4_K, Q5_K, AWQ and asymmetric GPTQ); `int4`: 4 bits with a minimum per block, from unquantised files only; `float32`:
 * dequantised.
 */
export type WeightStorage = 'exact' | 'int8' | 'int4' | 'float32';

/** Of weights that are rounded here. */
export const blockSize = 32;

export type LinearLayout = { readonly kind: 'float32' } | BlockLayout;

export interface BlockLayout {
  readonly kind: 'block-quantized';
  readonly bits: 4 | 8;
  readonly blockSize: number;
  readonly offsets: boolean;
}

/** The layout of one tensor's rows. @throws FerrumError `Unsupported` for `int4` of a quantised type */
export function layoutOf(storage: WeightStorage, type: WeightType, inFeatures: number): LinearLayout {
  if (storage === 'float32') return { kind: 'float32' };
  const exact = storage === 'int4' ? undefined : exactLayoutOf(type);
  if (exact && (storage === 'exact' || !exact.offsets)) {
    const bits = storage === 'int8' ? 8 : exact.bits;
    return { kind: 'block-quantized', ...exact, bits };
  }
  if (storage === 'int4' && type !== 'F32' && type !== 'F16' && type !== 'BF16') {
    throw new FerrumError(
      'Unsupported',
      `quantization "int4" would round the ${type} weights of this file a second time, which ruins them. ` +
        'Leave quantization out to keep them exact, or use "int8".',
      { details: { parameter: 'quantization', type } },
    );
  }
  // MatMulNBits wants whole blocks; only toy models have other sizes.
  if (inFeatures % blockSize !== 0) return { kind: 'float32' };
  const bits = storage === 'int4' ? 4 : 8;
  return { kind: 'block-quantized', bits, blockSize, offsets: storage === 'int4' };
}

/** Whether a type keeps its values in a layout; else it is rounded. */
export function isExactIn(layout: BlockLayout, type: WeightType): boolean {
  const exact = exactLayoutOf(type);
  if (!exact || exact.blockSize !== layout.blockSize || exact.bits > layout.bits) return false;
  return layout.offsets || !exact.offsets;
}

/** Brings rows of one tensor into a layout; exact whenever the type allows it. */
export function packRows(type: WeightType, bytes: Uint8Array, layout: BlockLayout): BlockQuantized {
  if (isExactIn(layout, type)) {
    if (isExactGgmlType(type)) return packGgmlBlocks(type, bytes, layout.bits);
    const groups = groupTypeParts(type);
    if (groups) return packGroups(groups, bytes, layout.bits);
  }
  const values = dequantize(type, bytes);
  return layout.bits === 4 ? quantizeInt4(values, layout.blockSize) : quantizeInt8(values, layout.blockSize);
}

function exactLayoutOf(type: WeightType): ExactLayout | undefined {
  if (isExactGgmlType(type)) return exactGgmlLayout(type);
  const groups = groupTypeParts(type);
  if (!groups) return undefined;
  const { bits, blockSize: size, isSymmetric } = groups;
  // In blocks of 16 the kernel for 8 bits is the faster one, as with Q3_K.
  return { bits: size === 16 ? 8 : bits, blockSize: size, offsets: !isSymmetric };
}
