import { halfAt, type QuantTarget } from './quant-target.js';

// ggml's blocks of 32 weights (ggml-common.h): half d, in the `_1` kinds half m, 4 bytes of fifth bits in the 5-bit kinds, then
// quants; byte j of a nibble array holds weights j (low) and j + 16 (high).

/** {half d; 16 bytes}: d · (q − 8). */
export function packQ4_0(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, at = 0; at < bytes.length; block++, at += 18) {
    target.scales[block] = halfAt(bytes, at);
    packNibbles(bytes, at + 2, undefined, target, block, 8);
  }
}

/** {half d, m; 16 bytes}: d · q + m. */
export function packQ4_1(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, at = 0; at < bytes.length; block++, at += 20) {
    setScale(target, block, halfAt(bytes, at), halfAt(bytes, at + 2), 8);
    packNibbles(bytes, at + 4, undefined, target, block, 8);
  }
}

/** {half d; 4 bytes of fifth bits; 16 bytes}: d · (q − 16). */
export function packQ5_0(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, at = 0; at < bytes.length; block++, at += 22) {
    target.scales[block] = halfAt(bytes, at);
    packNibbles(bytes, at + 6, at + 2, target, block, 16);
  }
}

/** {half d, m; 4 bytes of fifth bits; 16 bytes}: d · q + m. */
export function packQ5_1(bytes: Uint8Array, target: QuantTarget): void {
  for (let block = 0, at = 0; at < bytes.length; block++, at += 24) {
    setScale(target, block, halfAt(bytes, at), halfAt(bytes, at + 2), 16);
    packNibbles(bytes, at + 8, at + 4, target, block, 16);
  }
}

/** {half d; 32 signed bytes}: d · q. */
export function packQ8_0(bytes: Uint8Array, { quants, scales }: QuantTarget): void {
  for (let block = 0, at = 0; at < bytes.length; block++, at += 34) {
    scales[block] = halfAt(bytes, at);
    // Signed to offset-128: flipping the top bit.
    for (let j = 0; j < 32; j++) quants[32 * block + j] = (bytes[at + 2 + j] as number) ^ 0x80;
  }
}

/** scale · q + minimum = scale · (q − zero) + (minimum + zero · scale) */
function setScale({ scales, offsets }: QuantTarget, block: number, scale: number, minimum: number, zero: number): void {
  scales[block] = scale;
  offsets[block] = minimum + zero * scale;
}

function packNibbles(
  bytes: Uint8Array,
  nibbles: number,
  fifthBits: number | undefined,
  { quants, center }: QuantTarget,
  block: number,
  zero: number,
): void {
  const shift = center - zero;
  for (let j = 0; j < 16; j++) {
    const pair = bytes[nibbles + j] as number;
    const first = fifthBits === undefined ? 0 : fifthBit(bytes, fifthBits, j);
    const second = fifthBits === undefined ? 0 : fifthBit(bytes, fifthBits, j + 16);
    quants[32 * block + j] = ((pair & 15) | first) + shift;
    quants[32 * block + j + 16] = ((pair >> 4) | second) + shift;
  }
}

function fifthBit(bytes: Uint8Array, at: number, weight: number): number {
  return (((bytes[at + (weight >> 3)] as number) >> (weight & 7)) & 1) << 4;
}
