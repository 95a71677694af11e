import { readFileSync } from 'node:fs';
import type { AudioSamples } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { encodeWave, parseWave } from './wave-file.js';

/** Speech that the engine should understand. */
export interface SpeechSample {
  /** Of a WAV file: mono, 16-bit PCM or 32-bit floats, 5 to 30 s, someone speaking in all of it. */
  readonly path: string;
  /** What is said. */
  readonly text: string;
  /** ISO 639-1. */
  readonly language: string;
}

/** What the tests of transcription listen to. */
export interface Recording {
  readonly audio: AudioSamples;
  /** The same as a WAV file. */
  readonly bytes: Uint8Array;
  /** In seconds. */
  readonly duration: number;
  /** ISO 639-1. */
  readonly language: string;
  /** What is said; absent where nothing is: the recording is of tones. */
  readonly text?: string;
}

/** @throws FerrumError `Config` for a file that is not as the tests need it. */
export function recordingOf(sample: SpeechSample | undefined): Recording {
  if (!sample) {
    const audio = tones(6);
    return { audio, bytes: encodeWave(audio), duration: 6, language: 'en' };
  }
  const { path, text, language } = sample;
  const bytes = new Uint8Array(readFileSync(path));
  const audio = parseWave(bytes, path);
  const duration = durationOf(audio);
  if (duration < 5 || duration > 30) {
    throw new FerrumError(
      'Config',
      `${path} lasts ${duration} s; the tests of transcription need 5 to 30 s of speech.`,
    );
  }
  return { audio, bytes, duration, language, text };
}

export const sampleRate = 16_000;

export function silence(seconds: number, rate = sampleRate): AudioSamples {
  return { samples: new Float32Array(Math.round(seconds * rate)), sampleRate: rate };
}

/** A tone whose pitch and loudness change all the time. */
export function tones(seconds: number): AudioSamples {
  const samples = Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, index) => {
    const time = index / sampleRate;
    const value =
      0.3 * Math.sin(2 * Math.PI * (200 + 90 * Math.sin(5 * time)) * time) * (0.6 + 0.4 * Math.sin(7 * time));
    // As a 16-bit file holds it, so that the file and the samples are the same sound.
    return Math.round(value * 32_768) / 32_768;
  });
  return { samples, sampleRate };
}

/** One after the other; all of the first one's rate. */
export function joined(...parts: readonly AudioSamples[]): AudioSamples {
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.samples.length, 0));
  let filled = 0;
  for (const part of parts) {
    samples.set(part.samples, filled);
    filled += part.samples.length;
  }
  return { samples, sampleRate: parts[0]?.sampleRate ?? sampleRate };
}

/** In seconds. */
export function durationOf({ samples, sampleRate: rate }: AudioSamples): number {
  return samples.length / rate;
}
