import { FerrumError } from '@ferrum/registry/errors';
import { isAdts, openAdtsReader } from '../libav/adts-reader.js';
import { openDemuxReader, unknownFormat } from '../libav/demux-reader.js';
import type { MonoGraphOutput } from '../libav/mono-graph.js';
import { openPcmReader } from '../pcm/pcm-reader.js';
import { isWav, readWavLayout } from '../pcm/wav-header.js';
import type { BlockReader } from './block-reader.js';
import type { ByteSource } from './byte-source.js';
import { refuseEncryptedMp4 } from './mp4-protection.js';

/**
 * Finds out by its content what a file is, and opens it.
 * @throws FerrumError `InvalidFormat`, `Unsupported`
 */
export async function openAudio(source: ByteSource, output: MonoGraphOutput): Promise<BlockReader> {
  if (source.size === 0) throw new FerrumError('InvalidFormat', 'The audio is empty (0 bytes).');
  const head = await source.read(0, headSize);
  if (isWav(head)) {
    const layout = await readWavLayout(source);
    // The common build reads MP3 in WAV, and names the codec of other kinds.
    return layout ? openPcmReader(source, layout, output) : openDemuxReader(source, 'common', output);
  }
  if (hasText(head, 4, 'ftyp') || hasText(head, 4, 'moov') || hasText(head, 4, 'mdat')) {
    await refuseEncryptedMp4(source);
    return openDemuxReader(source, 'mpeg4', output);
  }
  const start = lengthOfId3(head);
  if (isAdts(start === 0 ? head : await source.read(start, headSize))) return openAdtsReader(source, start, output);
  const isMatroska = head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3;
  const isCommon = isMatroska || hasText(head, 0, 'fLaC') || hasText(head, 0, 'OggS');
  if (isCommon || start > 0 || (await hasMp3Frames(source, head))) return openDemuxReader(source, 'common', output);
  throw unknownFormat();
}

const headSize = 1 << 14;

function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  return [...text].every((character, index) => bytes[offset + index] === character.charCodeAt(0));
}

/** The size of an ID3v2 tag, which MP3 and AAC files may begin with. Its bytes have seven bits. */
function lengthOfId3(head: Uint8Array): number {
  if (!hasText(head, 0, 'ID3') || head.length < 10) return 0;
  const size = [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((head[index] ?? 0) & 127), 0);
  const footer = (head[5] ?? 0) & 0x10 ? 10 : 0;
  return 10 + size + footer;
}

/** True when the data holds the sync word of an MPEG audio frame; FFmpeg looks closer. Keeps texts and pictures away from it. */
async function hasMp3Frames(source: ByteSource, head: Uint8Array): Promise<boolean> {
  // Bytes in front of the first frame come from cut recordings.
  const bytes = source.size > head.length ? await source.read(0, 1 << 17) : head;
  for (let index = 0; index + 4 <= bytes.length; index++) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(index, index + 3);
    const hasSync = first === 0xff && (second & 0xe0) === 0xe0;
    // Neither the version, the layer, the bit rate nor the sample rate may have its reserved value.
    if (hasSync && (second & 0x18) !== 8 && (second & 6) !== 0 && third >> 4 !== 15 && (third & 12) !== 12) return true;
  }
  return false;
}
