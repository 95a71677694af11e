import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { type AudioFormat, type AudioFormatInfo, audioFormatInfo } from './audio-format.js';
import { requireWavSize } from './encoders/wav-header.js';

export interface EncodeOptions {
  readonly format: AudioFormat;
  /** Of the chunks, in Hz: 1000 to 768,000. */
  readonly inputSampleRate: number;
  /** Of the result, in Hz. Default: the input's where the format can hold it, else the next higher that it can. */
  readonly sampleRate?: number | undefined;
  /** In bits a second; of mp3, opus and aac alone. Default: that of `audioFormatInfo`. */
  readonly bitRate?: number | undefined;
  /** How many samples the chunks have, all together, when that is known beforehand: a wav then begins with its true sizes. */
  readonly sampleCount?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an encoding thread is asked for. */
export interface EncodingSettings {
  readonly format: AudioFormat;
  readonly inputSampleRate: number;
  readonly sampleRate: number;
  /** 0 where the format has none. */
  readonly bitRate: number;
  readonly sampleCount: number | undefined;
}

/** @throws FerrumError `InvalidParameter`, `Unsupported` (more than a wav can hold), `Cancelled` */
export function checkEncodeOptions(options: EncodeOptions): EncodingSettings {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalid('options', 'must be an object with a format', given);
  const { format, inputSampleRate, sampleCount, signal } = options;
  const info = audioFormatInfo(format);
  if (!isWithin(inputSampleRate, audioFormatInfo('pcm').sampleRates)) {
    throw invalid('inputSampleRate', 'must be a whole number from 1000 to 768000, in Hz', inputSampleRate);
  }
  const sampleRate = options.sampleRate ?? holdable(inputSampleRate, info);
  if (!isWithin(sampleRate, info.sampleRates)) {
    throw invalid('sampleRate', `of ${format} must be ${listed(info.sampleRates)} Hz`, sampleRate);
  }
  const bitRate = bitRateOf(options, info);
  if (sampleCount !== undefined) checkSampleCount(sampleCount, format, sampleRate / inputSampleRate);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalid('signal', 'must be an AbortSignal', signal);
  throwIfAborted(signal, 'Encoding the audio');
  return { format, inputSampleRate, sampleRate, bitRate, sampleCount };
}

function holdable(inputSampleRate: number, { sampleRates }: AudioFormatInfo): number {
  if (!isList(sampleRates)) return inputSampleRate;
  return sampleRates.find((rate) => rate >= inputSampleRate) ?? Math.max(...sampleRates);
}

function bitRateOf({ format, bitRate }: EncodeOptions, info: AudioFormatInfo): number {
  if (!info.bitRate) {
    if (bitRate === undefined) return 0;
    throw invalid(
      'bitRate',
      `is for mp3, opus and aac; ${format} keeps the samples as they are. Leave it out`,
      bitRate,
    );
  }
  if (bitRate === undefined) return info.bitRate.default;
  if (isWithin(bitRate, info.bitRate.allowed)) return bitRate;
  throw invalid('bitRate', `of ${format} must be ${listed(info.bitRate.allowed)} bits a second`, bitRate);
}

function checkSampleCount(sampleCount: number, format: AudioFormat, ratio: number): void {
  if (format !== 'wav') throw invalid('sampleCount', `is for wav; leave it out for ${format}`, sampleCount);
  if (!Number.isSafeInteger(sampleCount) || sampleCount < 0) {
    throw invalid('sampleCount', 'must be a whole number from 0 on', sampleCount);
  }
  requireWavSize(Math.round(sampleCount * ratio));
}

type Numbers = readonly number[] | { readonly lowest: number; readonly highest: number };

function isList(numbers: Numbers): numbers is readonly number[] {
  return Array.isArray(numbers);
}

function isWithin(value: unknown, numbers: Numbers): value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false;
  return isList(numbers) ? numbers.includes(value) : value >= numbers.lowest && value <= numbers.highest;
}

function listed(numbers: Numbers): string {
  if (isList(numbers)) return numbers.length === 1 ? `${numbers[0]}` : `one of ${numbers.join(', ')}`;
  return `a whole number from ${numbers.lowest} to ${numbers.highest}`;
}

function invalid(parameter: string, expected: string, actual: unknown): FerrumError {
  const message = `${parameter} ${expected}; it is ${String(actual)}.`;
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
