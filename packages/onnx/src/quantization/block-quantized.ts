/**
 * Weights of a linear layer in blocks along the input dimension, as `MatMulNBits` of ONNX Runtime reads them:
 * weight = scale · (quant − 2^(bits − 1)) + offset, one scale (and offset) per block.
 */
export interface BlockQuantized {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** Bytes [rows, columns · bits / 8]; for 4 bits the even column is in the low nibble. */
  readonly quants: Uint8Array;
  /** [rows, columns / blockSize]. */
  readonly scales: Float32Array;
  /** [rows, columns / blockSize], added to every weight of the block; absent where all are 0. */
  readonly offsets?: Float32Array;
}

/** Rounds rows of floats to 8 bits, symmetric, one scale per block: scale = max |w| / 127. */
export function quantizeInt8(values: Float32Array, blockSize: number): BlockQuantized {
  const blocks = values.length / blockSize;
  const quants = new Uint8Array(values.length);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize;
    const end = start + blockSize;
    let largest = 0;
    for (let i = start; i < end; i++) {
      const magnitude = Math.abs(values[i] as number);
      if (magnitude > largest) largest = magnitude;
    }
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    for (let i = start; i < end; i++) quants[i] = Math.round((values[i] as number) * inverse) + 128;
  }
  return { bits: 8, blockSize, quants, scales };
}

/** Rounds rows of floats to 4 bits with a minimum per block: 16 even steps from the smallest weight to the largest. */
export function quantizeInt4(values: Float32Array, blockSize: number): BlockQuantized {
  const blocks = values.length / blockSize;
  const quants = new Uint8Array(values.length / 2);
  const scales = new Float32Array(blocks);
  const offsets = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize;
    const end = start + blockSize;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      const value = values[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const scale = Math.fround((high - low) / 15);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    // The kernel subtracts 8 from every quant.
    offsets[block] = low + 8 * scale;
    for (let i = start; i < end; i += 2) {
      const even = Math.round(((values[i] as number) - low) * inverse);
      const odd = Math.round(((values[i + 1] as number) - low) * inverse);
      quants[i >> 1] = even | (odd << 4);
    }
  }
  return { bits: 4, blockSize, quants, scales, offsets };
}
