import type { AudioInput, AudioSamples } from '@ferrum/interfaces';
import { TurnTaker } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { decodeAudio } from '../decode/decode-audio.js';
import { decodeBlocks } from '../decode/decode-blocks.js';
import { requireRate } from '../decode/libav/mono-graph.js';
import { type CheckedOptions, checkAudioInput, checkLoadOptions, type LoadOptions } from '../decode/load-options.js';
import { StoredWaveform } from './stored-waveform.js';
import type { Waveform } from './waveform.js';

/**
 * Brings any audio to 16 kHz mono, without blocking the event loop.
 *
 * A file's samples are kept once, as 16-bit integers (32 kB for a second), rounded as FFmpeg rounds them. Given samples
 * at 16 kHz are used as they are, without a copy; do not change them afterwards. Those at another rate are resampled.
 *
 * @throws FerrumError `InvalidFormat`, `Unsupported`, `InvalidParameter`, `NotFound`, `PermissionDenied`, `IO`, `Cancelled`
 */
export async function loadWaveform(audio: AudioInput, options: LoadOptions = {}): Promise<Waveform> {
  checkAudioInput(audio);
  const checked = checkLoadOptions(options);
  if (typeof audio === 'object' && 'samples' in audio) return samplesWaveform(audio, checked);
  const blocks: Int16Array[] = [];
  for await (const { samples } of decodeAudio(audio, options)) blocks.push(samples);
  return new StoredWaveform(blocks);
}

async function samplesWaveform(audio: AudioSamples, options: CheckedOptions): Promise<Waveform> {
  const { samples, sampleRate } = audio;
  const { signal, maxBytes, maxDurationSeconds } = options;
  requireRate(sampleRate);
  if (samples.length === 0) throw new FerrumError('InvalidParameter', 'audio.samples is empty.');
  if (samples.length > maxDurationSeconds * sampleRate) {
    const message = `The audio is ${samples.length / sampleRate} seconds long; at most ${maxDurationSeconds} are allowed (maxDurationSeconds).`;
    throw new FerrumError('InvalidParameter', message);
  }
  await requireNumbers(samples, signal);
  if (sampleRate === 16000) return new StoredWaveform([samples]);
  const memory = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const job = {
    input: { kind: 'samples', size: memory.length, sampleRate },
    output: { sampleRate: 16000, format: 'f32' },
    maxBytes,
    maxDurationSeconds,
  } as const;
  const blocks: (Int16Array | Float32Array)[] = [];
  for await (const block of decodeBlocks(job, memory, 'The audio', signal)) blocks.push(block);
  return new StoredWaveform(blocks);
}

async function requireNumbers(samples: Float32Array, signal: AbortSignal | undefined): Promise<void> {
  const turns = new TurnTaker({ signal, what: 'Loading the audio' });
  for (let start = 0; start < samples.length; start += pieceLength) {
    const end = Math.min(samples.length, start + pieceLength);
    for (let position = start; position < end; position++) {
      if (Number.isFinite(samples[position])) continue;
      const message = `Sample ${position} of the audio is ${samples[position]}; samples must be finite numbers, usually between −1 and 1.`;
      throw new FerrumError('InvalidParameter', message, { details: { position } });
    }
    await turns.next();
  }
}

const pieceLength = 1 << 16;
