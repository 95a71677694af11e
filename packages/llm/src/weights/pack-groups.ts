import type { GroupTypeParts } from '@ferrum/models';
import type { BlockQuantized } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';

/**
 * Blocks of a `GroupType` in the layout of `MatMulNBits`, whose nibbles lie in the same order. Exact, save that an offset is
 * rounded to float32 once.
 * @param bits at least those of the type
 */
export function packGroups(
  { isSymmetric, bits: ownBits, blockSize }: GroupTypeParts,
  bytes: Uint8Array,
  bits: 4 | 8,
): BlockQuantized {
  if (bits < ownBits) throw new FerrumError('Internal', `Groups of ${ownBits} bits do not fit ${bits} bits.`);
  const headBytes = isSymmetric ? 4 : 8;
  const ownBytes = (blockSize * ownBits) / 8;
  const quantBytes = (blockSize * bits) / 8;
  const blocks = bytes.length / (headBytes + ownBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quants = new Uint8Array(blocks * quantBytes);
  const scales = new Float32Array(blocks);
  const offsets = new Float32Array(isSymmetric ? 0 : blocks);
  for (let block = 0, at = 0; block < blocks; block++, at += headBytes + ownBytes) {
    const scale = view.getFloat32(at, true);
    scales[block] = scale;
    // s·q + m = s·(q − 2^(bits − 1)) + (m + 2^(bits − 1)·s), and what is widened keeps its distance from the middle.
    if (!isSymmetric) offsets[block] = view.getFloat32(at + 4, true) + scale * 2 ** (ownBits - 1);
    const own = bytes.subarray(at + headBytes, at + headBytes + ownBytes);
    if (bits === ownBits) quants.set(own, block * quantBytes);
    else
      for (const [i, pair] of own.entries())
        quants.set([(pair & 15) + 120, (pair >> 4) + 120], block * quantBytes + 2 * i);
  }
  return { bits, blockSize, quants, scales, ...(isSymmetric ? {} : { offsets }) };
}
