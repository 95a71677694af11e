import type { LogMel } from '@ferrum/audio';
import type { WhisperConfig } from '../architecture/whisper-config.js';
import type { DecodingLoop } from '../engine/decoding-loop.js';
import type { WhisperTokens } from '../tokens/whisper-tokens.js';

/** An open model, as a transcription uses it. */
export interface SpeechModel {
  readonly loop: DecodingLoop;
  readonly config: WhisperConfig;
  readonly tokens: WhisperTokens;
  readonly logMel: LogMel;
}

/** Spectrogram frames a second. */
export const framesPerSecond = 100;

/** Spectrogram frames between two timestamps. */
export const framesPerTimestamp = 2;
