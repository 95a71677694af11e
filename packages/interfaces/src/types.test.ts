// The package imports itself by name here, as its users do.
import type {
  AdvancedInferenceEngine,
  Capability,
  CapabilityMap,
  ChatRequest,
  EmbeddingEncoding,
  EmbeddingResult,
  EmbedEngine,
  EngineDescriptor,
  EngineLease,
  Host,
  InferBatchResult,
  InferenceEngine,
  InferenceRequest,
  LlmInferenceEngine,
  Phonemizer,
  PluginRegistry,
  PromptRequest,
  RerankEngine,
  StreamedSegment,
  TranscribeEngine,
  TranscriptionSegment,
  TtsEngine,
} from '@ferrum/interfaces';
import { describe, expectTypeOf, test } from 'vitest';

interface ImageEngine extends InferenceEngine {
  generateImage(prompt: string): Promise<Uint8Array>;
}

declare module '@ferrum/interfaces' {
  interface CapabilityMap {
    'image-generation': ImageEngine;
  }
}

// What is tested is tested by the compiler: nothing here runs.
declare const host: Host;
declare const embedder: EmbedEngine;
declare const registry: PluginRegistry;

describe('CapabilityMap', () => {
  test('has our six capabilities and those that a third party merges in', () => {
    expectTypeOf<Capability>().toEqualTypeOf<
      'text-generation' | 'embedding' | 'reranking' | 'transcription' | 'speech' | 'phonemization' | 'image-generation'
    >();
  });

  test('gives the host its return types', () => {
    const resolve = <C extends Capability>(capability: C) => host.resolve(capability, { model: 'm' });
    expectTypeOf(resolve<'text-generation'>).returns.resolves.toEqualTypeOf<LlmInferenceEngine>();
    expectTypeOf(resolve<'embedding'>).returns.resolves.toEqualTypeOf<EmbedEngine>();
    expectTypeOf(resolve<'reranking'>).returns.resolves.toEqualTypeOf<RerankEngine>();
    expectTypeOf(resolve<'transcription'>).returns.resolves.toEqualTypeOf<TranscribeEngine>();
    expectTypeOf(resolve<'speech'>).returns.resolves.toEqualTypeOf<TtsEngine>();
    expectTypeOf(resolve<'phonemization'>).returns.resolves.toEqualTypeOf<Phonemizer>();
    expectTypeOf(resolve<'image-generation'>).returns.resolves.toEqualTypeOf<ImageEngine>();
    const lease = () => host.lease('embedding', { model: 'm' });
    expectTypeOf(lease).returns.resolves.toEqualTypeOf<EngineLease<EmbedEngine>>();
  });

  test('infers the capability from the literal a caller writes', () => {
    const open = () => host.resolve('image-generation', { model: 'm' });
    expectTypeOf(open).returns.resolves.toEqualTypeOf<ImageEngine>();
    // @ts-expect-error: nobody serves this capability.
    const unknown = () => host.resolve('telepathy', { model: 'm' });
    expectTypeOf(unknown).toBeFunction();
  });

  test('makes a descriptor create the engine of its capability', () => {
    expectTypeOf<ReturnType<EngineDescriptor<'speech'>['create']>>().resolves.toEqualTypeOf<TtsEngine>();
    const register = (descriptor: EngineDescriptor<'image-generation'>) => registry.register(descriptor);
    expectTypeOf(register).parameter(0).toHaveProperty('create').returns.resolves.toEqualTypeOf<ImageEngine>();
  });

  test('holds only engines that can be disposed', () => {
    expectTypeOf<CapabilityMap[Capability]>().toExtend<AsyncDisposable>();
    expectTypeOf<Exclude<CapabilityMap[Capability], Phonemizer>>().toExtend<InferenceEngine>();
  });
});

describe('InferenceRequest', () => {
  test('is a prompt or a conversation', () => {
    expectTypeOf({ prompt: 'Hi' }).toExtend<InferenceRequest>();
    expectTypeOf({ prompt: 'Hi', raw: true }).toExtend<PromptRequest>();
    expectTypeOf({ messages: [{ role: 'user' as const, content: 'Hi' }] }).toExtend<ChatRequest>();
  });

  test('is never both, neither, or a raw conversation', () => {
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    expectTypeOf({ prompt: 'Hi', messages }).not.toExtend<InferenceRequest>();
    expectTypeOf({ messages, raw: true }).not.toExtend<InferenceRequest>();
    expectTypeOf({}).not.toExtend<InferenceRequest>();
  });

  test('narrows to its kind by the field that is there', () => {
    const kind = (request: InferenceRequest) => (request.messages === undefined ? request : null);
    expectTypeOf(kind).returns.toEqualTypeOf<PromptRequest | null>();
  });
});

describe('engines', () => {
  test('an advanced engine is a language-model engine with seven calls more', () => {
    expectTypeOf<AdvancedInferenceEngine>().toExtend<LlmInferenceEngine>();
    expectTypeOf<Exclude<keyof AdvancedInferenceEngine, keyof LlmInferenceEngine>>().toEqualTypeOf<
      'inferBatch' | 'inferSpeculative' | 'warmup' | 'reconfigure' | 'diagnostics' | 'exportState' | 'importState'
    >();
  });

  test('a batch result is told apart by its status', () => {
    expectTypeOf<Extract<InferBatchResult, { status: 'ok' }>>().toHaveProperty('response');
    expectTypeOf<Extract<InferBatchResult, { status: 'error' }>>().not.toHaveProperty('response');
  });

  test('embeddings have the element type of the encoding asked for', () => {
    const plain = () => embedder.embedTexts(['a', [101, 102]], { dimensions: 64 });
    expectTypeOf(plain).returns.resolves.toHaveProperty('embeddings').toEqualTypeOf<readonly Float32Array[]>();
    const binary = () => embedder.embedTexts(['a'], { encoding: 'binary' });
    expectTypeOf(binary).returns.resolves.toHaveProperty('embeddings').toEqualTypeOf<readonly Uint8Array[]>();
    const chosen = (encoding: EmbeddingEncoding) => embedder.embedTexts(['a'], { encoding });
    expectTypeOf(chosen).returns.resolves.toEqualTypeOf<EmbeddingResult>();
  });

  test('a streamed segment is a segment that says whether it is final', () => {
    expectTypeOf<StreamedSegment>().toExtend<TranscriptionSegment>();
    expectTypeOf<StreamedSegment['final']>().toEqualTypeOf<boolean>();
  });
});
