import { FerrumError } from '@ferrum/registry/errors';
import type { ByteSource } from '../worker/byte-source.js';
import type { PcmEncoding, PcmFormat } from './pcm-format.js';

/** Where a file's samples are. */
export interface WavLayout {
  readonly format: PcmFormat;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** True for RIFF/WAVE, RF64 and Sony Wave64. */
export function isWav(head: Uint8Array): boolean {
  const id = textAt(head, 0);
  if (id === 'RIFF' || id === 'RF64' || id === 'BW64') return textAt(head, 8) === 'WAVE';
  return id === 'riff' && head.length >= 16 && wave64Riff.every((byte, index) => head[index] === byte);
}

/**
 * Finds the samples of a WAV file.
 *
 * A size of 0 or 0xFFFFFFFF, as recorders and pipes leave it, and one beyond the end of the file mean: up to the end.
 * @returns undefined for a compressed WAV, which is for other decoders
 * @throws FerrumError `InvalidFormat` for a header without format or samples, `Unsupported` for an odd width
 */
export async function readWavLayout(source: ByteSource): Promise<WavLayout | undefined> {
  const chunks = new ChunkReader(source, (await source.read(0, 4))[0] === 0x72 ? 'wave64' : 'riff');
  let format: PcmFormat | 'compressed' | undefined;
  let largeDataSize: number | undefined;
  for (let chunk = await chunks.next(); chunk; chunk = await chunks.next()) {
    if (chunk.id === 'fmt ') {
      format = parseFormat(await source.read(chunk.start, Math.min(chunk.size, 64)));
    } else if (chunk.id === 'ds64') {
      const body = viewOf(await source.read(chunk.start, 16));
      if (body.byteLength === 16) largeDataSize = Number(body.getBigUint64(8, true));
    } else if (chunk.id === 'data') {
      if (!format) throw invalid(`its samples at byte ${chunk.start} come before their format ('fmt ')`);
      if (format === 'compressed') return undefined;
      const stated = chunk.size === unknownSize && largeDataSize !== undefined ? largeDataSize : chunk.size;
      const isOpen = stated === 0 || stated === unknownSize;
      const end = isOpen ? source.size : Math.min(source.size, chunk.start + stated);
      return { format, dataStart: chunk.start, dataEnd: end };
    }
  }
  throw invalid(format ? "it has no samples (no 'data' chunk)" : "it has no format ('fmt ' chunk)");
}

interface Chunk {
  readonly id: string;
  readonly start: number;
  readonly size: number;
}

const unknownSize = 0xffffffff;
/** Far more than any real file has; ends a file made of nothing but tiny chunks. */
const mostChunks = 10_000;

class ChunkReader {
  #position: number;
  #count = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly kind: 'riff' | 'wave64',
  ) {
    // Wave64: two identifiers of 16 bytes and a size of 8.
    this.#position = kind === 'riff' ? 12 : 40;
  }

  async next(): Promise<Chunk | undefined> {
    const headerSize = this.kind === 'riff' ? 8 : 24;
    const header = viewOf(await this.source.read(this.#position, headerSize));
    if (header.byteLength < headerSize) return undefined;
    if (++this.#count > mostChunks) throw invalid(`it has more than ${mostChunks} chunks`);
    const start = this.#position + headerSize;
    const id = textAt(new Uint8Array(header.buffer, header.byteOffset, 4), 0);
    if (this.kind === 'riff') {
      const size = header.getUint32(4, true);
      this.#position = start + size + (size % 2);
      return { id, start, size };
    }
    // Counts its header too, and is followed by padding to 8 bytes.
    const size = Math.max(0, Number(header.getBigUint64(16, true)) - headerSize);
    this.#position = start + Math.ceil(size / 8) * 8;
    return { id, start, size };
  }
}

const encodings: Readonly<Record<string, PcmEncoding>> = {
  ...{ '1:8': 'u8', '1:16': 's16', '1:24': 's24', '1:32': 's32', '3:32': 'f32', '3:64': 'f64' },
  ...{ '6:8': 'alaw', '7:8': 'mulaw' },
};

function parseFormat(body: Uint8Array): PcmFormat | 'compressed' {
  const view = viewOf(body);
  if (view.byteLength < 16) throw invalid(`its format has ${view.byteLength} bytes instead of at least 16`);
  const isExtensible = view.getUint16(0, true) === 0xfffe && view.byteLength >= 40;
  // The first two bytes of an extensible format's identifier are what the plain format's tag would be.
  const tag = view.getUint16(isExtensible ? 24 : 0, true);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockSize = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  if (![1, 3, 6, 7].includes(tag)) return 'compressed';
  if (channels === 0 || channels > 64) throw invalid(`it has ${channels} channels; 1 to 64 are possible`);
  // 12 bits are kept in 16 and 20 in 24, as the upper ones.
  const width = tag === 1 ? Math.ceil(bits / 8) * 8 : bits;
  const encoding = encodings[`${tag}:${width}`];
  if (!encoding) {
    const kind = { 1: 'integer', 3: 'floating-point', 6: 'A-law', 7: 'µ-law' }[tag];
    const message = `The WAV file has ${kind} samples of ${bits} bits; 8, 16, 24 and 32 (integer), 32 and 64 (floating-point) and 8 (A-law, µ-law) are supported.`;
    throw new FerrumError('Unsupported', message);
  }
  if (blockSize !== (channels * width) / 8) {
    throw invalid(`its format contradicts itself: ${channels} channels of ${bits} bits in ${blockSize} bytes`);
  }
  return { encoding, sampleRate, channels, channelMask: isExtensible ? view.getUint32(20, true) : 0 };
}

function invalid(reason: string): FerrumError {
  return new FerrumError('InvalidFormat', `The WAV file is damaged: ${reason}.`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/** The identifier that a Wave64 file begins with: 'riff' and twelve fixed bytes. */
const wave64Riff = [0x72, 0x69, 0x66, 0x66, 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];
