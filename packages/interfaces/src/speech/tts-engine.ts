import type { CallOptions } from '../engine/call-options.js';
import type { InferenceEngine } from '../engine/inference-engine.js';
import type { SpeechChunk } from './speech-chunk.js';
import type { SpeechOptions } from './speech-options.js';
import type { Voice } from './voice.js';

export interface TtsEngine extends InferenceEngine {
  /**
   * Speaks a text with the default voice; chunks of mono samples, −1 to 1, at `ttsSampleRate()`.
   * @param language BCP 47. Default: the voice's.
   * @param chunkFrames Frames per chunk, ≥ 1; the engine says how long a frame is. Default: a chunk per clause.
   * @throws FerrumError `RequestValidation` for a text without anything to say, `InvalidParameter`, `Cancelled`.
   */
  synthesizeSpeech(
    text: string,
    language?: string,
    chunkFrames?: number,
    options?: CallOptions,
  ): Promise<readonly Float32Array[]>;
  /** In Hz. */
  ttsSampleRate(): number;
  /** Speaks a text, which may still be being written, clause by clause. Leaving the loop early ends the work. */
  synthesizeStream(text: string | AsyncIterable<string>, options?: SpeechOptions): AsyncIterable<SpeechChunk>;
  voices(): Promise<readonly Voice[]>;
}
