import { FerrumError } from '@ferrum/registry/errors';
import type { BlockReader, SampleBlock } from '../worker/block-reader.js';
import type { ByteSource } from '../worker/byte-source.js';
import { FrameDecoder } from './frame-decoder.js';
import { loadLibav } from './libav.js';
import type { MonoGraphOutput } from './mono-graph.js';

/** True for two ADTS frames on end (ISO/IEC 14496-3, 1.A.2); its sync word looks like MP3's, with a layer that MP3 has not. */
export function isAdts(head: Uint8Array): boolean {
  const length = frameLength(head, 0);
  return length > 0 && (head.length < length + headerSize || frameLength(head, length) > 0);
}

/**
 * Reads AAC in ADTS frames; the build of FFmpeg that decodes AAC has no demuxer for them.
 * @param start position of the first frame
 */
export async function openAdtsReader(source: ByteSource, start: number, output: MonoGraphOutput): Promise<BlockReader> {
  const libav = await loadLibav('mpeg4');
  const codec = libav.avcodec_find_decoder_by_name_sync('aac');
  if (codec === 0) throw new FerrumError('Internal', 'The installed libav.js has no AAC decoder; reinstall it.');
  const decoder = new FrameDecoder(libav, codec, 0, output);
  const packet = libav.av_packet_alloc_sync();
  let position = start;
  let isFinished = false;
  return {
    async next() {
      if (isFinished) return undefined;
      const piece = await source.read(position, pieceSize);
      const blocks: SampleBlock[] = [];
      let offset = 0;
      while (offset + headerSize <= piece.length) {
        const length = frameLength(piece, offset);
        if (length === 0) {
          // Damage, or a tag between frames: look for the next sync word.
          offset++;
          continue;
        }
        if (offset + length > piece.length) break;
        libav.ff_copyin_packet_sync(packet, { data: piece.subarray(offset, offset + length) });
        blocks.push(...decoder.push(packet));
        libav.av_packet_unref_sync(packet);
        offset += length;
      }
      isFinished = piece.length < pieceSize;
      position += offset;
      return isFinished ? [...blocks, ...decoder.finish()] : blocks;
    },
    close() {
      libav.av_packet_free_js_sync(packet);
      decoder.close();
    },
  };
}

const headerSize = 7;
/** In bytes; more than the longest frame (8191), and about a second of audio. */
const pieceSize = 1 << 15;

/** The length of the frame at `offset`, in bytes; 0 when there is none. */
function frameLength(bytes: Uint8Array, offset: number): number {
  const at = (index: number): number => bytes[offset + index] ?? 0;
  // 12 bits of sync word; the layer's two bits are 0; the rate's number is below 13.
  if (at(0) !== 0xff || (at(1) & 0xf6) !== 0xf0 || ((at(2) >> 2) & 15) > 12) return 0;
  const length = ((at(3) & 3) << 11) | (at(4) << 3) | (at(5) >> 5);
  return length > headerSize ? length : 0;
}
