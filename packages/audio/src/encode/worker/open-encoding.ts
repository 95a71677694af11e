import { FerrumError } from '@ferrum/registry/errors';
import { requireFinite } from '../../waveform/require-finite.js';
import type { EncodingSettings } from '../encode-options.js';
import { openAacEncoder } from '../encoders/aac-encoder.js';
import { openFlacEncoder } from '../encoders/flac-encoder.js';
import { openMp3Encoder } from '../encoders/mp3-encoder.js';
import { openOpusEncoder } from '../encoders/opus-encoder.js';
import { pcmEncoder, wavEncoder } from '../encoders/pcm-encoder.js';
import type { SampleEncoder } from '../encoders/sample-encoder.js';
import { openExactResampler } from './exact-resampler.js';

/** One file in the making: samples are checked, resampled once, and encoded. */
export interface Encoding {
  push(samples: Float32Array): Uint8Array;
  finish(): { readonly bytes: Uint8Array; readonly header: Uint8Array | undefined; readonly sampleCount: number };
  close(): void;
}

/** @param isFile the first bytes can be written again at the end */
export async function openEncoding(settings: EncodingSettings, isFile: boolean): Promise<Encoding> {
  const { format, inputSampleRate, sampleRate, sampleCount: stated } = settings;
  const resampler = inputSampleRate === sampleRate ? undefined : await openExactResampler(inputSampleRate, sampleRate);
  const encoder = await openEncoder(settings, isFile);
  let received = 0;
  let encoded = 0;
  const encode = (samples: Float32Array): Uint8Array[] => {
    encoded += samples.length;
    return samples.length === 0 ? [] : encoder.push(samples);
  };
  return {
    push(samples) {
      requireFinite(samples, received);
      received += samples.length;
      if (stated !== undefined && received > stated) throw otherCount(stated, `at least ${received}`);
      return joined(encode(resampler ? resampler.push(samples) : samples));
    },
    finish() {
      if (stated !== undefined && received !== stated) throw otherCount(stated, `${received}`);
      const last = resampler && received > 0 ? encode(resampler.finish()) : [];
      if (encoded === 0 && format !== 'wav' && format !== 'pcm') throw nothingToEncode(format);
      const { pieces, header } = encoder.finish();
      return { bytes: joined([...last, ...pieces]), header, sampleCount: encoded };
    },
    close() {
      resampler?.close();
      encoder.close();
    },
  };
}

function openEncoder(settings: EncodingSettings, isFile: boolean): SampleEncoder | Promise<SampleEncoder> {
  const { format, inputSampleRate, sampleRate, bitRate, sampleCount } = settings;
  switch (format) {
    case 'wav': {
      const written = sampleCount === undefined ? undefined : Math.round((sampleCount * sampleRate) / inputSampleRate);
      return wavEncoder({ sampleRate, sampleCount: written, isFile });
    }
    case 'pcm':
      return pcmEncoder();
    case 'mp3':
      return openMp3Encoder(sampleRate, bitRate);
    case 'opus':
      return openOpusEncoder(sampleRate, bitRate);
    case 'flac':
      return openFlacEncoder(sampleRate);
    case 'aac':
      return openAacEncoder(sampleRate, bitRate);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let filled = 0;
  for (const piece of pieces) {
    result.set(piece, filled);
    filled += piece.length;
  }
  return result;
}

function nothingToEncode(format: string): FerrumError {
  const message = `The audio has no samples, and ${format} cannot hold none; give at least one, or write wav or pcm.`;
  return new FerrumError('InvalidParameter', message);
}

function otherCount(stated: number, actual: string): FerrumError {
  const message = `sampleCount is ${stated}, but the chunks have ${actual} samples; give the exact number, or leave it out.`;
  return new FerrumError('InvalidParameter', message, { details: { parameter: 'sampleCount' } });
}
