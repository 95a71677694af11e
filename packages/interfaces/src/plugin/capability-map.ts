import type { EmbedEngine } from '../embedding/embed-engine.js';
import type { LlmInferenceEngine } from '../generation/llm-inference-engine.js';
import type { RerankEngine } from '../reranking/rerank-engine.js';
import type { Phonemizer } from '../speech/phonemizer.js';
import type { TtsEngine } from '../speech/tts-engine.js';
import type { TranscribeEngine } from '../transcription/transcribe-engine.js';

/**
 * Which engine type each capability resolves to. Third parties add capabilities by declaration merging:
 *
 * ```ts
 * import type { InferenceEngine } from '@ferrum/interfaces';
 *
 * export interface ImageEngine extends InferenceEngine {
 *   generateImage(prompt: string, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
 * }
 *
 * declare module '@ferrum/interfaces' {
 *   interface CapabilityMap {
 *     'image-generation': ImageEngine;
 *   }
 * }
 * ```
 */
export interface CapabilityMap {
  'text-generation': LlmInferenceEngine;
  embedding: EmbedEngine;
  reranking: RerankEngine;
  transcription: TranscribeEngine;
  speech: TtsEngine;
  phonemization: Phonemizer;
}

export type Capability = keyof CapabilityMap;
