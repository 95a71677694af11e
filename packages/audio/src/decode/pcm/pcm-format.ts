import { FerrumError } from '@ferrum/registry/errors';
import { sampleFormat } from '../libav/libav.js';

/** How one sample is written, little-endian. */
export type PcmEncoding = 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'alaw' | 'mulaw';

export interface PcmFormat {
  readonly encoding: PcmEncoding;
  readonly sampleRate: number;
  readonly channels: number;
  /** A mask of loudspeakers in WAVE's numbering, 0 when the file does not say. */
  readonly channelMask: number;
}

export const bytesPerSample: Readonly<Record<PcmEncoding, number>> = {
  ...{ u8: 1, alaw: 1, mulaw: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 },
};

/** The form that FFmpeg decodes each encoding to; 24 bits are the upper ones of 32. */
export const decodedFormat: Readonly<Record<PcmEncoding, number>> = {
  ...{ u8: sampleFormat.u8, s16: sampleFormat.s16, s24: sampleFormat.s32, s32: sampleFormat.s32 },
  ...{ f32: sampleFormat.f32, f64: sampleFormat.f32, alaw: sampleFormat.s16, mulaw: sampleFormat.s16 },
};

export type DecodedPcm = Uint8Array | Int16Array | Int32Array | Float32Array;

/**
 * Reads interleaved samples.
 * @param bytes whole samples
 * @param start the number of the first one, for the message
 * @throws FerrumError `InvalidFormat` that says where a sample is NaN or infinite
 */
export function decodePcm(bytes: Uint8Array, format: PcmFormat, start: number): DecodedPcm {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / bytesPerSample[format.encoding];
  switch (format.encoding) {
    case 'u8':
      return bytes;
    case 's16':
      return fill(new Int16Array(count), (index) => view.getInt16(index * 2, true));
    case 's24':
      return fill(new Int32Array(count), (index) => readInt24(view, index * 3) << 8);
    case 's32':
      return fill(new Int32Array(count), (index) => view.getInt32(index * 4, true));
    case 'f32':
      return requireNumbers(
        fill(new Float32Array(count), (index) => view.getFloat32(index * 4, true)),
        format.channels,
        start,
      );
    case 'f64':
      return requireNumbers(
        fill(new Float32Array(count), (index) => view.getFloat64(index * 8, true)),
        format.channels,
        start,
      );
    case 'alaw':
      return fill(new Int16Array(count), (index) => alaw[bytes[index] ?? 0] ?? 0);
    case 'mulaw':
      return fill(new Int16Array(count), (index) => mulaw[bytes[index] ?? 0] ?? 0);
  }
}

function fill<T extends Int16Array | Int32Array | Float32Array>(target: T, sample: (index: number) => number): T {
  for (let index = 0; index < target.length; index++) target[index] = sample(index);
  return target;
}

function readInt24(view: DataView, offset: number): number {
  return view.getUint16(offset, true) | (view.getInt8(offset + 2) << 16);
}

function requireNumbers(samples: Float32Array, channels: number, start: number): Float32Array {
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index];
    if (Number.isFinite(sample)) continue;
    const position = Math.floor((start + index) / channels);
    const message = `Sample ${position} of the audio is ${sample}; samples must be finite numbers, usually between −1 and 1.`;
    throw new FerrumError('InvalidFormat', message, { details: { position } });
  }
  return samples;
}

/** ITU-T G.711: sign, three bits of exponent and four of mantissa, stored with every second bit inverted. */
const alaw = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const size = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? size : -size;
});

/** ITU-T G.711: the same with a bias of 33 (here times 4) and all bits inverted. */
const mulaw = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const size = ((((bits & 15) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -size : size;
});
