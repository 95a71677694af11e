import type { CallOptions } from '../engine/call-options.js';

export interface SpeechOptions extends CallOptions {
  /** A voice's id, or where the engine can blend: `af_heart*0.6+am_adam*0.4`. Default: the model's first. */
  readonly voice?: string;
  /** BCP 47. Default: the voice's. */
  readonly language?: string;
  /** 2 is about twice as fast, > 0; engines say how far they go. Default 1. */
  readonly speed?: number;
  /** Same seed, same sound. An integer from 0 to 2^53 − 1. Default: random. */
  readonly seed?: number;
  /** Frames per chunk, ≥ 1; the engine says how long a frame is. Default: a chunk per clause. */
  readonly chunkFrames?: number;
  /** Default false. */
  readonly wordTimestamps?: boolean;
  /** Randomness of the sound, ≥ 0; 0 is deterministic. Models without noise refuse it. Default: the voice's. */
  readonly noiseScale?: number;
  /** Randomness of how long each phoneme lasts, ≥ 0; 0 is deterministic. Models without noise refuse it. Default: the voice's. */
  readonly durationNoiseScale?: number;
  /** How long each phoneme lasts, > 0, divided by `speed`. Models without it refuse it. Default: the voice's. */
  readonly lengthScale?: number;
  /** Level of the speech in LUFS (ITU-R BS.1770), above −70, at most −5. Default: as the model speaks. */
  readonly loudness?: number;
  /** Silence between sentences in seconds, ≥ 0. Default 0.3. */
  readonly sentencePause?: number;
  /** Emoji are left out, or read by name in English. Default `drop`. */
  readonly emoji?: 'drop' | 'name';
}
