import { float16ToFloat32 } from './half-float.js';

// ggml's blocks of 32 values with a float16 scale d, and in the `_1` kinds a float16 minimum m (ggml-common.h). In the 4- and
// 5-bit kinds, byte j of `qs` holds the low bits of value j (low nibble) and of value j + 16 (high nibble). Products are
// computed in float64 and rounded once; every product here is exact in float32, so the results equal ggml's bit for bit.
// Indexes are within bounds because the caller has checked that `bytes` and `out` hold the same number of whole blocks.

/** d, qs[16]: d · (q − 8). */
export function dequantizeQ4_0(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 18, to += 32) {
    const d = halfAt(bytes, block);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[block + 2 + j]!;
      out[to + j] = d * ((pair & 15) - 8);
      out[to + 16 + j] = d * ((pair >> 4) - 8);
    }
  }
}

/** d, m, qs[16]: d · q + m. */
export function dequantizeQ4_1(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 20, to += 32) {
    const d = halfAt(bytes, block);
    const m = halfAt(bytes, block + 2);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[block + 4 + j]!;
      out[to + j] = d * (pair & 15) + m;
      out[to + 16 + j] = d * (pair >> 4) + m;
    }
  }
}

/** d, qh (32 fifth bits, value j at bit j), qs[16]: d · (q − 16). */
export function dequantizeQ5_0(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 22, to += 32) {
    const d = halfAt(bytes, block);
    const high = wordAt(bytes, block + 2);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[block + 6 + j]!;
      out[to + j] = d * (((pair & 15) | (((high >>> j) & 1) << 4)) - 16);
      out[to + 16 + j] = d * (((pair >> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16);
    }
  }
}

/** d, m, qh, qs[16]: d · q + m. */
export function dequantizeQ5_1(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 24, to += 32) {
    const d = halfAt(bytes, block);
    const m = halfAt(bytes, block + 2);
    const high = wordAt(bytes, block + 4);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[block + 8 + j]!;
      out[to + j] = d * ((pair & 15) | (((high >>> j) & 1) << 4)) + m;
      out[to + 16 + j] = d * ((pair >> 4) | (((high >>> (j + 16)) & 1) << 4)) + m;
    }
  }
}

/** d, qs[32] signed: d · q. */
export function dequantizeQ8_0(bytes: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0, to = 0; block < bytes.length; block += 34, to += 32) {
    const d = halfAt(bytes, block);
    for (let j = 0; j < 32; j++) out[to + j] = d * signed[block + 2 + j]!;
  }
}

function halfAt(bytes: Uint8Array, at: number): number {
  return float16ToFloat32(bytes[at]! | (bytes[at + 1]! << 8));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
