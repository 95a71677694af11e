import { loadLibav } from '../libav/libav.js';
import { MonoGraph, type MonoGraphOutput, requireRate } from '../libav/mono-graph.js';
import type { BlockReader, SampleBlock } from '../worker/block-reader.js';
import type { ByteSource } from '../worker/byte-source.js';
import { bytesPerSample, type DecodedPcm, decodedFormat, decodePcm, type PcmFormat } from './pcm-format.js';

export interface PcmSpan {
  readonly format: PcmFormat;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** Reads plain samples and brings them to one channel at the rate wanted. */
export async function openPcmReader(source: ByteSource, span: PcmSpan, output: MonoGraphOutput): Promise<BlockReader> {
  const { format, dataStart, dataEnd } = span;
  requireRate(format.sampleRate);
  const frameBytes = bytesPerSample[format.encoding] * format.channels;
  const pieceBytes = Math.max(1, Math.floor(pieceSize / frameBytes)) * frameBytes;
  const convert = await converterFor(format, output);
  let position = dataStart;
  let isFinished = false;
  return {
    async next() {
      if (isFinished) return undefined;
      const bytes = await source.read(position, Math.min(pieceBytes, dataEnd - position));
      // A frame that the end of the file cuts short is dropped.
      const whole = bytes.subarray(0, bytes.length - (bytes.length % frameBytes));
      isFinished = bytes.length < pieceBytes || position + bytes.length >= dataEnd;
      const start = ((position - dataStart) / frameBytes) * format.channels;
      position += bytes.length;
      const blocks = whole.length === 0 ? [] : convert.push(decodePcm(whole, format, start));
      return isFinished ? [...blocks, ...convert.finish()] : blocks;
    },
    close: () => convert.close(),
  };
}

/** In bytes: about a second of CD audio. */
const pieceSize = 1 << 18;

interface Converter {
  push(samples: DecodedPcm): SampleBlock[];
  finish(): SampleBlock[];
  close(): void;
}

async function converterFor(format: PcmFormat, output: MonoGraphOutput): Promise<Converter> {
  const { channels, sampleRate, channelMask } = format;
  const shape = { format: decodedFormat[format.encoding], sampleRate, channels, channelMask };
  // What Whisper wants already needs no WebAssembly.
  if (channels === 1 && sampleRate === output.sampleRate && output.format === 's16') {
    return { push: (samples) => [toInt16(samples)], finish: () => [], close: () => {} };
  }
  return new MonoGraph(await loadLibav('common'), shape, output);
}

/** As FFmpeg converts: integers lose their lower bits, floating-point numbers are rounded to even and clipped. */
function toInt16(samples: DecodedPcm): Int16Array {
  if (samples instanceof Int16Array) return samples;
  const result = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index] ?? 0;
    if (samples instanceof Uint8Array) result[index] = (sample - 128) << 8;
    else if (samples instanceof Int32Array) result[index] = sample >> 16;
    else result[index] = Math.max(-32768, Math.min(32767, roundToEven(sample * 32768)));
  }
  return result;
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
