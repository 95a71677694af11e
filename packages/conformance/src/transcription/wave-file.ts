import type { AudioSamples } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

const headerBytes = 44;

/** A WAV file of mono 16-bit PCM. Microsoft's "Multimedia Programming Interface and Data Specifications 1.0", 1991. */
export function encodeWave({ samples, sampleRate }: AudioSamples): Uint8Array {
  const bytes = Buffer.alloc(headerBytes + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (const [index, sample] of samples.entries()) {
    const value = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
    bytes.writeInt16LE(value, headerBytes + 2 * index);
  }
  return new Uint8Array(bytes);
}

/** Of `fmt `: format tag and bits of a sample, as said by the same specification. */
const decoders: Readonly<Record<string, (data: Buffer) => Float32Array>> = {
  '1/16': (data) => Float32Array.from({ length: data.length >> 1 }, (_, at) => data.readInt16LE(2 * at) / 32_768),
  '3/32': (data) => Float32Array.from({ length: data.length >> 2 }, (_, at) => data.readFloatLE(4 * at)),
};

/** @throws FerrumError `Config` for anything but mono PCM of 16 bits, or floats of 32. */
export function parseWave(bytes: Uint8Array, path: string): AudioSamples {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = chunksOf(buffer);
  const format = chunks.get('fmt ');
  const data = chunks.get('data');
  const isMono = format !== undefined && format.length >= 16 && format.readUInt16LE(2) === 1;
  const decode = isMono ? decoders[`${format.readUInt16LE(0)}/${format.readUInt16LE(14)}`] : undefined;
  if (!isMono || !decode || !data) {
    const message = `${path} is no WAV file of mono 16-bit PCM or 32-bit floats; convert it, e.g. with FFmpeg.`;
    throw new FerrumError('Config', message);
  }
  return { samples: decode(data), sampleRate: format.readUInt32LE(4) };
}

function chunksOf(buffer: Buffer): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  if (buffer.length < 12 || buffer.toString('latin1', 0, 4) !== 'RIFF') return chunks;
  for (let at = 12; at + 8 <= buffer.length; ) {
    const size = buffer.readUInt32LE(at + 4);
    chunks.set(buffer.toString('latin1', at, at + 4), buffer.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size & 1);
  }
  return chunks;
}
