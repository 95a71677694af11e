import { FerrumError } from '@ferrum/registry/errors';
import type { BlockQuantized } from './block-quantized.js';
import { float16ToFloat32 } from './float16.js';

/** Block formats of GGUF files that fit `MatMulNBits` without any change of value. */
export type ExactGgmlType = 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q8_0';

const packers: Record<ExactGgmlType, (bytes: Uint8Array, blocks: number) => BlockQuantized> = {
  Q4_0: packQ4_0,
  Q4_1: packQ4_1,
  Q5_0: packQ5_0,
  Q8_0: packQ8_0,
};

const blockBytes: Record<ExactGgmlType, number> = { Q4_0: 18, Q4_1: 20, Q5_0: 22, Q8_0: 34 };
const blockSize = 32;

export function isExactGgmlType(type: string): type is ExactGgmlType {
  return type in packers;
}

/**
 * Rearranges GGUF blocks of 32 weights into the layout of `MatMulNBits`, exactly.
 * Layouts: ggml's block_q4_0 {half d; 16 bytes}, block_q4_1 {half d, m; 16 bytes}, block_q5_0 {half d; 4 bytes of fifth bits;
 * 16 bytes}, block_q8_0 {half d; 32 signed bytes}; byte j of a nibble array holds weights j (low) and j + 16 (high).
 * @throws FerrumError `InvalidFormat` when the bytes are not whole blocks.
 */
export function packGgmlBlocks(type: ExactGgmlType, bytes: Uint8Array): BlockQuantized {
  const size = blockBytes[type];
  if (bytes.length % size !== 0) {
    throw new FerrumError('InvalidFormat', `${bytes.length} bytes are not whole ${type} blocks of ${size} bytes.`);
  }
  return packers[type](bytes, bytes.length / size);
}

function packQ4_0(bytes: Uint8Array, blocks: number): BlockQuantized {
  const quants = new Uint8Array(blocks * 16);
  const scales = new Float32Array(blocks);
  for (let block = 0, at = 0; block < blocks; block++, at += 18) {
    scales[block] = halfAt(bytes, at);
    packNibbles(bytes, at + 2, quants, block * 16);
  }
  return { bits: 4, blockSize, quants, scales };
}

function packQ4_1(bytes: Uint8Array, blocks: number): BlockQuantized {
  const quants = new Uint8Array(blocks * 16);
  const scales = new Float32Array(blocks);
  const offsets = new Float32Array(blocks);
  for (let block = 0, at = 0; block < blocks; block++, at += 20) {
    const scale = halfAt(bytes, at);
    scales[block] = scale;
    // w = d·q + m = d·(q − 8) + (m + 8·d)
    offsets[block] = halfAt(bytes, at + 2) + 8 * scale;
    packNibbles(bytes, at + 4, quants, block * 16);
  }
  return { bits: 4, blockSize, quants, scales, offsets };
}

function packQ5_0(bytes: Uint8Array, blocks: number): BlockQuantized {
  const quants = new Uint8Array(blocks * 32);
  const scales = new Float32Array(blocks);
  for (let block = 0, at = 0; block < blocks; block++, at += 22) {
    scales[block] = halfAt(bytes, at);
    const fifthBits =
      (bytes[at + 2] as number) |
      ((bytes[at + 3] as number) << 8) |
      ((bytes[at + 4] as number) << 16) |
      ((bytes[at + 5] as number) << 24);
    const to = block * 32;
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 6 + j] as number;
      // w = d·(q − 16), and the kernel subtracts 128.
      quants[to + j] = ((pair & 15) | (((fifthBits >>> j) & 1) << 4)) + 112;
      quants[to + j + 16] = ((pair >> 4) | (((fifthBits >>> (j + 16)) & 1) << 4)) + 112;
    }
  }
  return { bits: 8, blockSize, quants, scales };
}

function packQ8_0(bytes: Uint8Array, blocks: number): BlockQuantized {
  const quants = new Uint8Array(blocks * 32);
  const scales = new Float32Array(blocks);
  for (let block = 0, at = 0; block < blocks; block++, at += 34) {
    scales[block] = halfAt(bytes, at);
    const to = block * 32;
    // Signed to offset-128: flipping the top bit.
    for (let j = 0; j < 32; j++) quants[to + j] = (bytes[at + 2 + j] as number) ^ 0x80;
  }
  return { bits: 8, blockSize, quants, scales };
}

/** ggml pairs weight j with j + 16 in a byte, ONNX Runtime 2j with 2j + 1. */
function packNibbles(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let j = 0; j < 8; j++) {
    const first = from[fromAt + 2 * j] as number;
    const second = from[fromAt + 2 * j + 1] as number;
    to[toAt + j] = (first & 15) | ((second & 15) << 4);
    to[toAt + 8 + j] = (first >> 4) | (second & 0xf0);
  }
}

function halfAt(bytes: Uint8Array, at: number): number {
  return float16ToFloat32((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
}
