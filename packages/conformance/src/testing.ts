export {
  type MockEmbedder,
  type MockEmbedderOptions,
  mockEmbedder,
  mockEmbedderFeatures,
} from './mocks/mock-embedder.js';
export type { MockEngineOptions } from './mocks/mock-engine.js';
export { type MockEngines, type MockPluginOptions, mockHost, mockPlugin } from './mocks/mock-host.js';
export {
  type MockLanguageModel,
  type MockLanguageModelOptions,
  mockLanguageModel,
} from './mocks/mock-language-model.js';
export { type MockPhonemizer, type MockPhonemizerOptions, mockPhonemizer } from './mocks/mock-phonemizer.js';
export { mockLanguageModelFeatures } from './mocks/mock-request.js';
export { type MockReranker, type MockRerankerOptions, mockReranker } from './mocks/mock-reranker.js';
export type { MockPiece } from './mocks/mock-script.js';
export { type MockSpeaker, type MockSpeakerOptions, mockSpeaker } from './mocks/mock-speaker.js';
export { mockSpeakerFeatures } from './mocks/mock-speech-options.js';
export { mockTranscriberFeatures } from './mocks/mock-transcribe-options.js';
export { type MockTranscriber, type MockTranscriberOptions, mockTranscriber } from './mocks/mock-transcriber.js';
