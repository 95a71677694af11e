import { float16ToFloat32 } from './half-float.js';

// ggml's blocks whose 4-bit quants name one of 16 unevenly spaced values (ggml-common.h). Byte j of `qs` holds value j (low
// nibble) and value j + 16 (high nibble) of a run of 32. Every product is exact in float32, so the results equal ggml's bit for
// bit. The caller has checked the lengths.

/** kvalues_iq4nl of ggml-common.h. */
const levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113] as const;

/** d, qs[16]: d · level(q). */
export function dequantizeIQ4_NL(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 18, to += 32) {
    writeRun(bytes, block + 2, halfAt(bytes, block), out, to);
  }
}

/** d, scales_h (two high bits of 8 scales), scales_l[4] (their low nibbles), qs[128]: d · (s − 32) · level(q). */
export function dequantizeIQ4_XS(bytes: Uint8Array, out: Float32Array): void {
  for (let block = 0, to = 0; block < bytes.length; block += 136, to += 256) {
    const d = halfAt(bytes, block);
    const high = bytes[block + 2]! | (bytes[block + 3]! << 8);
    for (let run = 0; run < 8; run++) {
      const low = (bytes[block + 4 + (run >> 1)]! >> (4 * (run & 1))) & 15;
      const scale = low | (((high >> (2 * run)) & 3) << 4);
      writeRun(bytes, block + 8 + 16 * run, d * (scale - 32), out, to + 32 * run);
    }
  }
}

function writeRun(bytes: Uint8Array, quants: number, scale: number, out: Float32Array, to: number): void {
  for (let j = 0; j < 16; j++) {
    const pair = bytes[quants + j]!;
    out[to + j] = scale * levels[pair & 15]!;
    out[to + 16 + j] = scale * levels[pair >> 4]!;
  }
}

function halfAt(bytes: Uint8Array, at: number): number {
  return float16ToFloat32(bytes[at]! | (bytes[at + 1]! << 8));
}
