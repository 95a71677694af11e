import type { TranscriptionSegment } from './transcription-segment.js';
import type { TranscriptionWord } from './transcription-word.js';

export interface TranscriptionResult {
  readonly text: string;
  readonly task: 'transcribe' | 'translate';
  /** Spoken, ISO 639-1. */
  readonly language: string;
  /** 0 to 1; 1 when the caller named the language or the model knows only one. */
  readonly languageProbability: number;
  /** Of every language, by code; present when the language was detected. */
  readonly languageProbabilities?: Readonly<Record<string, number>>;
  /** Of the audio, in seconds. */
  readonly duration: number;
  readonly segments: readonly TranscriptionSegment[];
  /** Of all segments; present with `wordTimestamps`. */
  readonly words?: readonly TranscriptionWord[];
}
