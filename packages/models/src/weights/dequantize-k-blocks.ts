import { float16ToFloat32 } from './half-float.js';

// ggml's super-blocks of 256 values in 16 or 8 groups, each group with its own small integer scale (ggml-common.h). As in
// the blocks of 32, every product is exact in float32, so one rounding at the end equals ggml bit for bit, and the caller
// has checked the lengths.

/** scales[16] (scale in the low, minimum in the high nibble), qs[64], d, dmin: d · s · q − dmin · m. */
export function dequantizeQ2_K(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 84, to += 256) {
    const d = halfAt(bytes, block + 80);
    const dmin = halfAt(bytes, block + 82);
    for (let group = 0; group < 16; group++) {
      const packed = bytes[block + group]!;
      const scale = d * (packed & 15);
      const minimum = dmin * (packed >> 4);
      // A half of 128 values shares 32 bytes: two bits each for four runs of 32.
      const from = block + 16 + 32 * (group >> 3) + 16 * (group & 1);
      const shift = group & 6;
      const first = to + 16 * group;
      for (let j = 0; j < 16; j++) out[first + j] = scale * ((bytes[from + j]! >> shift) & 3) - minimum;
    }
  }
}

/** hmask[32], qs[64], scales[12] (16 of 6 bits), d: d · (s − 32) · (q − 4), where the mask holds the third bit. */
export function dequantizeQ3_K(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 110, to += 256) {
    const d = halfAt(bytes, block + 108);
    for (let group = 0; group < 16; group++) {
      const low = (bytes[block + 96 + (group & 7)]! >> (4 * (group >> 3))) & 15;
      const high = (bytes[block + 104 + (group & 3)]! >> (2 * (group >> 2))) & 3;
      const scale = d * ((low | (high << 4)) - 32);
      const from = block + 32 + 32 * (group >> 3) + 16 * (group & 1);
      const mask = block + 16 * (group & 1);
      const shift = group & 6;
      const bit = group >> 1;
      const first = to + 16 * group;
      for (let j = 0; j < 16; j++) {
        const third = (bytes[mask + j]! >> bit) & 1;
        out[first + j] = scale * ((((bytes[from + j]! >> shift) & 3) | (third << 2)) - 4);
      }
    }
  }
}

/** d, dmin, scales[12] (8 scales and 8 minima of 6 bits), qs[128]: d · s · q − dmin · m. */
export function dequantizeQ4_K(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 144, to += 256) {
    const d = halfAt(bytes, block);
    const dmin = halfAt(bytes, block + 2);
    for (let group = 0; group < 8; group++) {
      const scale = d * scaleAt(bytes, block + 4, group);
      const minimum = dmin * minimumAt(bytes, block + 4, group);
      const from = block + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      const first = to + 32 * group;
      for (let j = 0; j < 32; j++) out[first + j] = scale * ((bytes[from + j]! >> shift) & 15) - minimum;
    }
  }
}

/** d, dmin, scales[12] as in Q4_K, qh[32] (fifth bits, group g at bit g), qs[128]: d · s · q − dmin · m. */
export function dequantizeQ5_K(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 176, to += 256) {
    const d = halfAt(bytes, block);
    const dmin = halfAt(bytes, block + 2);
    for (let group = 0; group < 8; group++) {
      const scale = d * scaleAt(bytes, block + 4, group);
      const minimum = dmin * minimumAt(bytes, block + 4, group);
      const from = block + 48 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      const first = to + 32 * group;
      for (let j = 0; j < 32; j++) {
        const fifth = (bytes[block + 16 + j]! >> group) & 1;
        out[first + j] = scale * (((bytes[from + j]! >> shift) & 15) | (fifth << 4)) - minimum;
      }
    }
  }
}

/** ql[128], qh[64], scales[16] signed, d: d · s · (q − 32). */
export function dequantizeQ6_K(bytes: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0, to = 0; block < bytes.length; block += 210, to += 256) {
    const d = halfAt(bytes, block + 208);
    for (let group = 0; group < 16; group++) {
      const scale = d * signed[block + 192 + group]!;
      // A half of 128 values: 64 bytes of low nibbles (runs 0 and 1 low, 2 and 3 high) and 32 bytes of two high bits a run.
      const half = group >> 3;
      const run = (group >> 1) & 3;
      const odd = 16 * (group & 1);
      const low = block + 64 * half + 32 * (run & 1) + odd;
      const high = block + 128 + 32 * half + odd;
      const lowShift = 4 * (run >> 1);
      const highShift = 2 * run;
      const first = to + 16 * group;
      for (let j = 0; j < 16; j++) {
        const q = ((bytes[low + j]! >> lowShift) & 15) | (((bytes[high + j]! >> highShift) & 3) << 4);
        out[first + j] = scale * (q - 32);
      }
    }
  }
}

/** Groups 0–3: six bits of their own byte; groups 4–7: a nibble of bytes 8–11 and the top two bits of bytes 0–3. */
function scaleAt(bytes: Uint8Array, scales: number, group: number): number {
  if (group < 4) return bytes[scales + group]! & 63;
  return (bytes[scales + group + 4]! & 15) | ((bytes[scales + group - 4]! >> 6) << 4);
}

/** As `scaleAt`, with bytes 4–7 and the high nibbles. */
function minimumAt(bytes: Uint8Array, scales: number, group: number): number {
  if (group < 4) return bytes[scales + group + 4]! & 63;
  return (bytes[scales + group + 4]! >> 4) | ((bytes[scales + group]! >> 6) << 4);
}

function halfAt(bytes: Uint8Array, at: number): number {
  return float16ToFloat32(bytes[at]! | (bytes[at + 1]! << 8));
}
