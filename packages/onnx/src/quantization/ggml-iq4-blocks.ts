import { halfAt, type QuantTarget } from './quant-target.js';

/** kvalues_iq4nl of ggml-common.h: what the 4-bit quants of IQ4 types stand for. They fill 8 bits, so 8 bits hold them exactly. */
const levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113] as const;

/** d, qs[16]: d · level(q); blocks of 32. */
export function packIQ4_NL(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, at = 0; at < bytes.length; block++, at += 18) {
    target.scales[block] = halfAt(bytes, at);
    packLevels(bytes, at + 2, target, 32 * block);
  }
}

/** d, scales_h (two high bits of 8 scales), scales_l[4] (their low nibbles), qs[128]: d · (s − 32) · level(q); groups of 32. */
export function packIQ4_XS(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, to = 0; block < bytes.length; block += 136, to += 256) {
    const d = halfAt(bytes, block);
    const high = (bytes[block + 2] as number) | ((bytes[block + 3] as number) << 8);
    for (let group = 0; group < 8; group++) {
      const low = ((bytes[block + 4 + (group >> 1)] as number) >> (4 * (group & 1))) & 15;
      target.scales[to / 32 + group] = d * ((low | (((high >> (2 * group)) & 3) << 4)) - 32);
      packLevels(bytes, block + 8 + 16 * group, target, to + 32 * group);
    }
  }
}

function packLevels(bytes: Uint8Array, from: number, { quants, center }: QuantTarget, to: number): void {
  for (let j = 0; j < 16; j++) {
    const pair = bytes[from + j] as number;
    quants[to + j] = (levels[pair & 15] as number) + center;
    quants[to + j + 16] = (levels[pair >> 4] as number) + center;
  }
}
