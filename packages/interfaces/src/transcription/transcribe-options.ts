import type { CallOptions } from '../engine/call-options.js';
import type { WorkProgressListener } from '../engine/work-progress.js';
import type { DecodingOptions } from './decoding-options.js';
import type { TranscriptionStart } from './transcription-start.js';
import type { VadOptions } from './vad-options.js';

/** Names and defaults are those of faster-whisper 1.2. */
export interface TranscribeOptions extends DecodingOptions, CallOptions {
  /** ISO 639-1. Default: detected. */
  readonly language?: string;
  /** A detected language must be more probable than this, or the next window is heard too. Default 0.5. */
  readonly languageDetectionThreshold?: number;
  /** Windows of 30 s heard at most for it. Default 1. */
  readonly languageDetectionSegments?: number;
  /** Whether the language is detected for every window anew. Default false. */
  readonly multilingual?: boolean;
  /** `translate` writes English. Default `transcribe`. */
  readonly task?: 'transcribe' | 'translate';
  /** Default false. */
  readonly wordTimestamps?: boolean;
  /** Joined to the word after them. Default `"'“¿([{-`. */
  readonly prependPunctuations?: string;
  /** Joined to the word before them. Default `"'.。,，!！?？:：”)]}、`. */
  readonly appendPunctuations?: string;
  /** Skips what is not speech. Default false. */
  readonly vadFilter?: boolean;
  /** With `vadFilter`, or of live audio, which is always divided at its silences. */
  readonly vadParameters?: VadOptions;
  /** Speech segments decoded in one batch, ≥ 1; more than 1 needs `vadFilter` and ignores the text of earlier ones. Default 1. */
  readonly batchSize?: number;
  /** Parts to transcribe, in seconds; a last one without `end` goes to the end. Excludes `vadFilter`. Default: everything. */
  readonly clipTimestamps?: readonly ClipRange[];
  /** Told what is known before the first segment; not of live audio. */
  readonly onStart?: (start: TranscriptionStart) => void;
  /** Unit: seconds of audio. */
  readonly onProgress?: WorkProgressListener;
}

export interface ClipRange {
  readonly start: number;
  readonly end?: number;
}
