import type {
  EmbedEngine,
  LlmInferenceEngine,
  Phonemizer,
  RerankEngine,
  TranscribeEngine,
  TtsEngine,
} from '@ferrum/interfaces';
import type { EngineFactory } from './conformance-options.js';
import { describeEmbedding, type EmbeddingOptions } from './embedding/describe-embedding.js';
import { describePhonemization, type PhonemizationOptions } from './phonemization/describe-phonemization.js';
import { describeReranking, type RerankingOptions } from './reranking/describe-reranking.js';
import type { TestRunner } from './runner/test-runner.js';
import { describeSpeech, type SpeechSuiteOptions } from './speech/describe-speech.js';
import { describeTextGeneration, type TextGenerationOptions } from './text-generation/describe-text-generation.js';
import { describeTranscription, type TranscriptionOptions } from './transcription/describe-transcription.js';

/** The contract of each capability, as tests. */
export interface Suites {
  describeTextGeneration(factory: EngineFactory<LlmInferenceEngine>, options: TextGenerationOptions): void;
  describeEmbedding(factory: EngineFactory<EmbedEngine>, options: EmbeddingOptions): void;
  describeReranking(factory: EngineFactory<RerankEngine>, options: RerankingOptions): void;
  describeTranscription(factory: EngineFactory<TranscribeEngine>, options: TranscriptionOptions): void;
  describeSpeech(factory: EngineFactory<TtsEngine>, options: SpeechSuiteOptions): void;
  describePhonemization(factory: EngineFactory<Phonemizer>, options?: PhonemizationOptions): void;
}

export function createSuites(runner: TestRunner): Suites {
  return {
    describeTextGeneration: (factory, options) => describeTextGeneration(runner, factory, options),
    describeEmbedding: (factory, options) => describeEmbedding(runner, factory, options),
    describeReranking: (factory, options) => describeReranking(runner, factory, options),
    describeTranscription: (factory, options) => describeTranscription(runner, factory, options),
    describeSpeech: (factory, options) => describeSpeech(runner, factory, options),
    describePhonemization: (factory, options) => describePhonemization(runner, factory, options),
  };
}
