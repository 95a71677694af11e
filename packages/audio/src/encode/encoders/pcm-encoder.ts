import { endianness } from 'node:os';
import { type SampleEncoder, toInt16 } from './sample-encoder.js';
import { requireWavSize, wavHeader } from './wav-header.js';

/** 16-bit little-endian samples and nothing else. */
export function pcmEncoder(): SampleEncoder {
  return { push: (samples) => [littleEndian(samples)], finish: () => ({ pieces: [] }), close: () => {} };
}

export interface WavEncoderOptions {
  readonly sampleRate: number;
  /** Of the file, when it is known beforehand. */
  readonly sampleCount: number | undefined;
  /** The header will be written again at the end, so that its sizes must fit. */
  readonly isFile: boolean;
}

/** 16-bit samples behind one header. */
export function wavEncoder({ sampleRate, sampleCount, isFile }: WavEncoderOptions): SampleEncoder {
  let written = 0;
  let head: Uint8Array[] = [wavHeader(sampleRate, sampleCount)];
  return {
    push(samples) {
      written += samples.length;
      if (isFile) requireWavSize(written);
      const pieces = [...head, littleEndian(samples)];
      head = [];
      return pieces;
    },
    finish: () => ({ pieces: head, header: isFile ? wavHeader(sampleRate, written) : undefined }),
    close: () => {},
  };
}

function littleEndian(samples: Float32Array): Uint8Array {
  const integers = toInt16(samples);
  const bytes = new Uint8Array(integers.buffer);
  // Big-endian machines are rare, and Node.js runs on one of them.
  return endianness() === 'LE' ? bytes : Buffer.from(bytes.buffer).swap16();
}
