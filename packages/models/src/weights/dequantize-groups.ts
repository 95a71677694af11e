import type { GroupTypeParts } from './weight-type.js';

/** The values of whole blocks of a `GroupType`; the caller has checked the lengths. */
export function dequantizeGroups(
  { isSymmetric, bits, blockSize }: GroupTypeParts,
  bytes: Uint8Array,
  out: Float32Array,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headBytes = isSymmetric ? 4 : 8;
  const blockBytes = headBytes + (blockSize * bits) / 8;
  for (let block = 0, to = 0; block < bytes.length; block += blockBytes, to += blockSize) {
    const scale = view.getFloat32(block, true);
    const minimum = isSymmetric ? -scale * 2 ** (bits - 1) : view.getFloat32(block + 4, true);
    const quants = block + headBytes;
    for (let i = 0; i < blockSize; i++) {
      const q = bits === 8 ? bytes[quants + i]! : (bytes[quants + (i >> 1)]! >> (4 * (i & 1))) & 15;
      out[to + i] = scale * q + minimum;
    }
  }
}
