import { FerrumError } from '@ferrum/registry/errors';
import type { ByteSource } from './byte-source.js';

/** Boxes on the way to a track's description (ISO/IEC 14496-12, 8.5.2). */
const containers: ReadonlySet<string> = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);
/** Far more than any real file has on that way. */
const mostBoxes = 10_000;

/**
 * FFmpeg would decode an encrypted track to noise or to nothing.
 * @throws FerrumError `Unsupported` for an MP4 file whose audio is encrypted (DRM)
 */
export async function refuseEncryptedMp4(source: ByteSource): Promise<void> {
  let boxes = 0;
  await walk(0, source.size);

  async function walk(start: number, end: number): Promise<void> {
    for (let position = start; position + 8 <= end; ) {
      // A box's header, or the first 24 bytes of a description.
      const head = await source.read(position, 24);
      if (head.length < 8 || ++boxes > mostBoxes) return;
      const view = new DataView(head.buffer, head.byteOffset, head.length);
      const isLarge = view.getUint32(0) === 1 && head.length >= 16;
      const stated = isLarge ? Number(view.getBigUint64(8)) : view.getUint32(0);
      const headerSize = isLarge ? 16 : 8;
      // 0 means: up to the end.
      const boxEnd = stated === 0 ? end : Math.min(end, position + stated);
      if (boxEnd < position + headerSize) return;
      const type = textAt(head, 4);
      if (type === 'stsd' && ['enca', 'drms'].includes(textAt(head, 20))) throw encrypted();
      if (containers.has(type)) await walk(position + headerSize, boxEnd);
      position = boxEnd;
    }
  }
}

function encrypted(): FerrumError {
  const message =
    'The audio is encrypted (DRM), so that it can only be played by the program it was bought for; give a copy without protection.';
  return new FerrumError('Unsupported', message);
}

function textAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}
