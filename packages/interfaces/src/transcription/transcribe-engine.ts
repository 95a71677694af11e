import type { CallOptions } from '../engine/call-options.js';
import type { InferenceEngine } from '../engine/inference-engine.js';
import type { AudioInput, AudioSamples } from './audio-input.js';
import type { TranscribeOptions } from './transcribe-options.js';
import type { TranscriptionResult } from './transcription-result.js';
import type { StreamedSegment } from './transcription-segment.js';

/** Languages are ISO 639-1 codes, as Whisper writes them; detected when left out. */
export interface TranscribeEngine extends InferenceEngine {
  /** The text of an audio file. @throws FerrumError `NotFound`, `InvalidFormat`, `Unsupported`, `InvalidParameter`, `Cancelled`. */
  transcribeFile(path: string, language?: string, options?: CallOptions): Promise<string>;
  /** The text of an audio file's bytes, whose container is recognised by its content. */
  transcribeBytes(bytes: Uint8Array, language?: string, options?: CallOptions): Promise<string>;
  transcribe(audio: AudioInput, options?: TranscribeOptions): Promise<TranscriptionResult>;
  /**
   * Yields segments as they are ready. Of live audio (an async iterable) it also yields partial ones, each of which the
   * next segment with the same `id` replaces. Leaving the loop early ends the work.
   */
  transcribeStream(
    audio: AudioInput | AsyncIterable<AudioSamples>,
    options?: TranscribeOptions,
  ): AsyncIterable<StreamedSegment>;
}
