import { FerrumError } from '@ferrum/registry/errors';

/** The size that writers leave in a wav whose end they do not know: readers take what there is. */
const unknownSize = 0xffffffff;
const headerSize = 44;
/** A RIFF's size counts all but its own first 8 bytes, in 32 bits of which the last value means unknown. */
const mostSamples = Math.floor((unknownSize - 1 - (headerSize - 8)) / 2);

/**
 * The 44 bytes in front of 16-bit mono samples ("Multimedia Programming Interface and Data Specifications 1.0", WAVE).
 * @param sampleCount undefined when it is not known yet
 * @throws FerrumError `Unsupported` for more than 4 GiB
 */
export function wavHeader(sampleRate: number, sampleCount: number | undefined): Uint8Array {
  if (sampleCount !== undefined) requireWavSize(sampleCount);
  const dataSize = sampleCount === undefined ? unknownSize : sampleCount * 2;
  const bytes = new Uint8Array(headerSize);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, characters: string): void => bytes.set(new TextEncoder().encode(characters), offset);
  text(0, 'RIFF');
  view.setUint32(4, sampleCount === undefined ? unknownSize : dataSize + headerSize - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  // Format 1: integers; 1 channel.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  // Bytes a second, bytes for a sample of all channels, bits.
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, dataSize, true);
  return bytes;
}

/** @throws FerrumError `Unsupported` for more samples than a wav can hold */
export function requireWavSize(sampleCount: number): void {
  if (sampleCount <= mostSamples) return;
  const message = `A wav file holds at most 4 GiB, ${mostSamples} samples; the audio has ${sampleCount} or more. Write flac, or several files.`;
  throw new FerrumError('Unsupported', message, { details: { sampleCount, mostSamples } });
}
