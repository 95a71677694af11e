import { FerrumError } from '@ferrum/registry/errors';
import type { BlockQuantized } from './block-quantized.js';
import { packQ4_0, packQ4_1, packQ5_0, packQ5_1, packQ8_0 } from './ggml-blocks.js';
import { packIQ4_NL, packIQ4_XS } from './ggml-iq4-blocks.js';
import { packQ2_K, packQ3_K, packQ4_K, packQ5_K, packQ6_K } from './ggml-k-blocks.js';
import type { QuantTarget } from './quant-target.js';

/** How `MatMulNBits` holds a type of a GGUF file without any change of value. */
export interface ExactLayout {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  readonly offsets: boolean;
}

export type ExactGgmlType = keyof typeof types;

interface GgmlType extends ExactLayout {
  /** Weights that share `bytes` bytes in the file. */
  readonly weights: number;
  readonly bytes: number;
  readonly pack: (bytes: Uint8Array, target: QuantTarget) => void;
}

// Fewer bits would do for Q2_K and Q3_K, but in blocks of 16 the kernel for 4 bits takes 1.3 to 2 times as long as the one for 8
// (1 and 8 rows, ONNX Runtime 1.30 on two cores), and the one for 2 bits 40 times.
const types = {
  Q4_0: { bits: 4, blockSize: 32, offsets: false, weights: 32, bytes: 18, pack: packQ4_0 },
  Q4_1: { bits: 4, blockSize: 32, offsets: true, weights: 32, bytes: 20, pack: packQ4_1 },
  Q5_0: { bits: 8, blockSize: 32, offsets: false, weights: 32, bytes: 22, pack: packQ5_0 },
  Q5_1: { bits: 8, blockSize: 32, offsets: true, weights: 32, bytes: 24, pack: packQ5_1 },
  Q8_0: { bits: 8, blockSize: 32, offsets: false, weights: 32, bytes: 34, pack: packQ8_0 },
  Q2_K: { bits: 8, blockSize: 16, offsets: true, weights: 256, bytes: 84, pack: packQ2_K },
  Q3_K: { bits: 8, blockSize: 16, offsets: false, weights: 256, bytes: 110, pack: packQ3_K },
  Q4_K: { bits: 4, blockSize: 32, offsets: true, weights: 256, bytes: 144, pack: packQ4_K },
  Q5_K: { bits: 8, blockSize: 32, offsets: true, weights: 256, bytes: 176, pack: packQ5_K },
  Q6_K: { bits: 8, blockSize: 16, offsets: false, weights: 256, bytes: 210, pack: packQ6_K },
  IQ4_NL: { bits: 8, blockSize: 32, offsets: false, weights: 32, bytes: 18, pack: packIQ4_NL },
  IQ4_XS: { bits: 8, blockSize: 32, offsets: false, weights: 256, bytes: 136, pack: packIQ4_XS },
} as const satisfies Record<string, GgmlType>;

export function isExactGgmlType(type: string): type is ExactGgmlType {
  return Object.hasOwn(types, type);
}

export function exactGgmlLayout(type: ExactGgmlType): ExactLayout {
  const { bits, blockSize, offsets } = types[type];
  return { bits, blockSize, offsets };
}

/**
 * Rearranges blocks of a GGUF file into the layout of `MatMulNBits`, exactly, save that an offset is rounded to float32 once.
 * @param bits at least those of `exactGgmlLayout`, the default
 * @throws FerrumError `InvalidFormat` when the bytes are not whole blocks.
 */
export function packGgmlBlocks(type: ExactGgmlType, bytes: Uint8Array, bits: 4 | 8 = types[type].bits): BlockQuantized {
  const { blockSize, offsets: hasOffsets, weights, bytes: size, pack, bits: least } = types[type];
  if (bits < least) throw new FerrumError('Internal', `${type} does not fit ${bits} bits.`);
  if (bytes.length % size !== 0) {
    throw new FerrumError('InvalidFormat', `${bytes.length} bytes are not whole ${type} blocks of ${size} bytes.`);
  }
  const count = (bytes.length / size) * weights;
  const quants = new Uint8Array(count);
  const scales = new Float32Array(count / blockSize);
  const offsets = new Float32Array(hasOffsets ? count / blockSize : 0);
  pack(bytes, { quants, scales, offsets, center: 2 ** (bits - 1) });
  const packed = bits === 8 ? quants : packPairs(quants);
  return { bits, blockSize, quants: packed, scales, ...(hasOffsets ? { offsets } : {}) };
}

/** Two quants a byte, the even one in the low nibble. */
function packPairs(quants: Uint8Array): Uint8Array {
  const packed = new Uint8Array(quants.length / 2);
  for (let i = 0; i < packed.length; i++) {
    packed[i] = (quants[2 * i] as number) | ((quants[2 * i + 1] as number) << 4);
  }
  return packed;
}
