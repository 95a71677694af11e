import { vitestRunner } from './runner/vitest-runner.js';
import { createSuites } from './suites.js';

export type { ConformanceOptions, EngineFactory } from './conformance-options.js';
export type { EmbeddingOptions } from './embedding/describe-embedding.js';
export type { PhonemizationOptions } from './phonemization/describe-phonemization.js';
export type { RerankingOptions } from './reranking/describe-reranking.js';
export type { SpeechSuiteOptions } from './speech/describe-speech.js';
export type { TextGenerationOptions } from './text-generation/describe-text-generation.js';
export type { TranscriptionOptions } from './transcription/describe-transcription.js';
export type { SpeechSample } from './transcription/recording.js';

/** For vitest; under node:test import them from `@ferrum/conformance`. */
export const {
  describeTextGeneration,
  describeEmbedding,
  describeReranking,
  describeTranscription,
  describeSpeech,
  describePhonemization,
} = createSuites(vitestRunner);
