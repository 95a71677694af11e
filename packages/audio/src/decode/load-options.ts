import type { AudioInput } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** The most bytes that a file or the given bytes may have. No limit by default. */
  readonly maxBytes?: number | undefined;
  /** The longest audio accepted, in seconds. Compressed silence is nearly free, its samples are not. Default: a day. */
  readonly maxDurationSeconds?: number | undefined;
}

export interface CheckedOptions {
  readonly signal: AbortSignal | undefined;
  readonly maxBytes: number;
  readonly maxDurationSeconds: number;
}

/** @throws FerrumError `InvalidParameter`, `Cancelled` */
export function checkLoadOptions(options: LoadOptions): CheckedOptions {
  const { signal, maxBytes = Number.POSITIVE_INFINITY, maxDurationSeconds = 24 * 3600 } = options;
  requirePositive('maxBytes', maxBytes);
  requirePositive('maxDurationSeconds', maxDurationSeconds);
  throwIfAborted(signal, 'Decoding the audio');
  return { signal, maxBytes, maxDurationSeconds };
}

/** @throws FerrumError `InvalidParameter` for what is no audio input at all */
export function checkAudioInput(audio: AudioInput): void {
  const given: unknown = audio;
  if (typeof given === 'string') {
    if (given === '') throw new FerrumError('InvalidParameter', 'audio is an empty path; give the path of a file.');
    return;
  }
  if (given instanceof Uint8Array) return;
  if (typeof given === 'object' && given !== null && 'samples' in given && 'sampleRate' in given) {
    if (!(given.samples instanceof Float32Array)) {
      throw new FerrumError('InvalidParameter', 'audio.samples must be a Float32Array of mono samples.');
    }
    if (typeof given.sampleRate === 'number') return;
    throw new FerrumError('InvalidParameter', 'audio.sampleRate must be a number, in Hz.');
  }
  const message = 'audio must be the path of a file, a Uint8Array of its bytes, or { samples, sampleRate }.';
  throw new FerrumError('InvalidParameter', message);
}

function requirePositive(name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0) return;
  const message = `${name} must be a number above 0, not ${String(value)}.`;
  throw new FerrumError('InvalidParameter', message, { details: { parameter: name } });
}
