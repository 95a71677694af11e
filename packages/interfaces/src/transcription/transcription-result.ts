import type { TranscriptionSegment } from './transcription-segment.js';
import type { TranscriptionStart } from './transcription-start.js';
import type { TranscriptionWord } from './transcription-word.js';

export interface TranscriptionResult extends TranscriptionStart {
  readonly text: string;
  readonly task: 'transcribe' | 'translate';
  readonly segments: readonly TranscriptionSegment[];
  /** Of all segments; present with `wordTimestamps`. */
  readonly words?: readonly TranscriptionWord[];
}
