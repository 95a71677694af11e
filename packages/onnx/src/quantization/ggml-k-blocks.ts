import { halfAt, type QuantTarget } from './quant-target.js';

// ggml's super-blocks of 256 weights (ggml-common.h) in groups of 16 or 32, each with a small integer scale of its own, in some
// types with a minimum. A group becomes a block: scale · integer is exact in float32, and so are all weights but for one
// rounding of the offset. In the 2-, 3- and 6-bit kinds halves of 128 weights share bytes: four runs of 32 in bits of their own.

/** scales[16] (scale low, minimum high nibble), qs[64], d, dmin: d · s · q − dmin · m; groups of 16. */
export function packQ2_K(bytes: Uint8Array, target: QuantTarget): void {
  const zero = 1;
  for (let block = 0, to = 0; block < bytes.length; block += 84, to += 256) {
    const d = halfAt(bytes, block + 80);
    const dmin = halfAt(bytes, block + 82);
    for (let group = 0; group < 16; group++) {
      const packed = bytes[block + group] as number;
      const scale = d * (packed & 15);
      target.scales[to / 16 + group] = scale;
      target.offsets[to / 16 + group] = zero * scale - dmin * (packed >> 4);
      const from = block + 16 + 32 * (group >> 3) + 16 * (group & 1);
      const shift = group & 6;
      for (let j = 0; j < 16; j++) {
        const q = ((bytes[from + j] as number) >> shift) & 3;
        target.quants[to + 16 * group + j] = q - zero + target.center;
      }
    }
  }
}

/** hmask[32], qs[64], scales[12] (16 of 6 bits), d: d · (s − 32) · (q − 4), where the mask holds the third bit; groups of 16. */
export function packQ3_K(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, to = 0; block < bytes.length; block += 110, to += 256) {
    const d = halfAt(bytes, block + 108);
    for (let group = 0; group < 16; group++) {
      const low = ((bytes[block + 96 + (group & 7)] as number) >> (4 * (group >> 3))) & 15;
      const high = ((bytes[block + 104 + (group & 3)] as number) >> (2 * (group >> 2))) & 3;
      target.scales[to / 16 + group] = d * ((low | (high << 4)) - 32);
      const from = block + 32 + 32 * (group >> 3) + 16 * (group & 1);
      const mask = block + 16 * (group & 1);
      for (let j = 0; j < 16; j++) {
        const third = ((bytes[mask + j] as number) >> (group >> 1)) & 1;
        const q = (((bytes[from + j] as number) >> (group & 6)) & 3) | (third << 2);
        target.quants[to + 16 * group + j] = q - 4 + target.center;
      }
    }
  }
}

/** d, dmin, scales[12] (8 scales and 8 minima of 6 bits), qs[128]: d · s · q − dmin · m; groups of 32. */
export function packQ4_K(bytes: Uint8Array, target: QuantTarget): void {
  packWithMinima(bytes, target, undefined);
}

/** d, dmin, scales[12] as in Q4_K, qh[32] (fifth bits, group g at bit g), qs[128]: d · s · q − dmin · m; groups of 32. */
export function packQ5_K(bytes: Uint8Array, target: QuantTarget): void {
  packWithMinima(bytes, target, 16);
}

function packWithMinima(bytes: Uint8Array, target: QuantTarget, fifthBits: number | undefined): void {
  const blockBytes = fifthBits === undefined ? 144 : 176;
  const zero = fifthBits === undefined ? 8 : 16;
  for (let block = 0, to = 0; block < bytes.length; block += blockBytes, to += 256) {
    const d = halfAt(bytes, block);
    const dmin = halfAt(bytes, block + 2);
    for (let group = 0; group < 8; group++) {
      const scale = d * scaleAt(bytes, block + 4, group);
      target.scales[to / 32 + group] = scale;
      target.offsets[to / 32 + group] = zero * scale - dmin * minimumAt(bytes, block + 4, group);
      const from = block + blockBytes - 128 + 32 * (group >> 1);
      for (let j = 0; j < 32; j++) {
        const low = ((bytes[from + j] as number) >> (4 * (group & 1))) & 15;
        const fifth = fifthBits === undefined ? 0 : ((bytes[block + fifthBits + j] as number) >> group) & 1;
        target.quants[to + 32 * group + j] = (low | (fifth << 4)) - zero + target.center;
      }
    }
  }
}

/** ql[128], qh[64], scales[16] signed, d: d · s · (q − 32); groups of 16. */
export function packQ6_K(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, to = 0; block < bytes.length; block += 210, to += 256) {
    const d = halfAt(bytes, block + 208);
    for (let group = 0; group < 16; group++) {
      const scale = ((bytes[block + 192 + group] as number) << 24) >> 24;
      target.scales[to / 16 + group] = d * scale;
      const [half, run, odd] = [group >> 3, (group >> 1) & 3, 16 * (group & 1)];
      // 64 bytes of low nibbles (runs 0 and 1 low, 2 and 3 high) and 32 bytes of two high bits a run.
      const low = block + 64 * half + 32 * (run & 1) + odd;
      const high = block + 128 + 32 * half + odd;
      for (let j = 0; j < 16; j++) {
        const nibble = ((bytes[low + j] as number) >> (4 * (run >> 1))) & 15;
        const top = ((bytes[high + j] as number) >> (2 * run)) & 3;
        target.quants[to + 16 * group + j] = (nibble | (top << 4)) - 32 + target.center;
      }
    }
  }
}

/** Groups 0–3: six bits of their own byte; groups 4–7: a nibble of bytes 8–11 and the top two bits of bytes 0–3. */
function scaleAt(bytes: Uint8Array, scales: number, group: number): number {
  if (group < 4) return (bytes[scales + group] as number) & 63;
  return ((bytes[scales + group + 4] as number) & 15) | (((bytes[scales + group - 4] as number) >> 6) << 4);
}

/** As `scaleAt`, with bytes 4–7 and the high nibbles. */
function minimumAt(bytes: Uint8Array, scales: number, group: number): number {
  if (group < 4) return (bytes[scales + group + 4] as number) & 63;
  return ((bytes[scales + group + 4] as number) >> 4) | (((bytes[scales + group] as number) >> 6) << 4);
}
