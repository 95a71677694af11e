import { dequantize, type WeightType } from '@ferrum/models';
import { type BlockQuantized, isExactGgmlType, packGgmlBlocks, quantizeInt4, quantizeInt8 } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';

/**
 * How linear layers are stored in the graph. `exact`: quantised GGUF types keep their values (in 4 or 8 bits), everything
 * else becomes int8; `int8`: 8 bits, exact where the file's own blocks have no minimum; `int4`: 4 bits with a minimum per
 * block, from unquantised files only; `float32`: dequantised.
 */
export type WeightStorage = 'exact' | 'int8' | 'int4' | 'float32';

export const blockSize = 32;

export type LinearLayout =
  | { readonly kind: 'float32' }
  | { readonly kind: 'block-quantized'; readonly bits: 4 | 8; readonly offsets: boolean };

/** The layout that fits every part of a layer whose rows are joined. */
export function chooseLayout(storage: WeightStorage, types: readonly WeightType[], inFeatures: number): LinearLayout {
  // MatMulNBits wants whole blocks; only toy models have other sizes.
  if (storage === 'float32' || inFeatures % blockSize !== 0) return { kind: 'float32' };
  const layouts = types.map((type) => layoutOf(storage, type));
  return {
    kind: 'block-quantized',
    bits: layouts.every((layout) => layout.bits === 4) ? 4 : 8,
    offsets: layouts.some((layout) => layout.offsets),
  };
}

function layoutOf(storage: Exclude<WeightStorage, 'float32'>, type: WeightType): { bits: 4 | 8; offsets: boolean } {
  if (storage === 'int4') {
    if (type !== 'F32' && type !== 'F16' && type !== 'BF16') {
      throw new FerrumError(
        'Unsupported',
        `quantization "int4" would round the ${type} weights of this file a second time, which ruins them. ` +
          'Leave quantization out to keep them exact, or use "int8".',
        { details: { parameter: 'quantization', type } },
      );
    }
    return { bits: 4, offsets: true };
  }
  if (storage === 'exact' && type === 'Q4_0') return { bits: 4, offsets: false };
  if (storage === 'exact' && type === 'Q4_1') return { bits: 4, offsets: true };
  return { bits: 8, offsets: false };
}

/** Brings rows of one tensor into the layout; exact whenever the type allows it. */
export function packRows(
  type: WeightType,
  bytes: Uint8Array,
  layout: Extract<LinearLayout, { kind: 'block-quantized' }>,
): BlockQuantized {
  if (isExactGgmlType(type)) {
    const packed = packGgmlBlocks(type, bytes);
    if (packed.bits > layout.bits) throw new FerrumError('Internal', `${type} does not fit ${layout.bits} bits.`);
    if (layout.offsets || !packed.offsets) return packed.bits === layout.bits ? packed : widen(packed);
  }
  const values = dequantize(type, bytes);
  return layout.bits === 4 ? quantizeInt4(values, blockSize) : quantizeInt8(values, blockSize);
}

/** 4-bit quants (minus 8) as 8-bit ones (minus 128), value for value. */
function widen(packed: BlockQuantized): BlockQuantized {
  const quants = new Uint8Array(packed.quants.length * 2);
  for (let i = 0; i < packed.quants.length; i++) {
    const pair = packed.quants[i] as number;
    quants[2 * i] = (pair & 15) + 120;
    quants[2 * i + 1] = (pair >> 4) + 120;
  }
  return { ...packed, bits: 8, quants };
}
