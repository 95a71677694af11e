import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  AdapterSource,
  AdvancedInferenceEngine,
  CallOptions,
  InferenceRequest,
  InferenceResponse,
  StreamChunk,
  TokenizeInput,
} from '@ferrum/interfaces';
import { withDeadline } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { MockAdapters } from './mock-adapters.js';
import { advancedCalls } from './mock-advanced.js';
import { collectAnswer } from './mock-collect.js';
import { type MockEngineOptions, mockEngineBase, mockLife } from './mock-engine.js';
import { generateAnswer } from './mock-generation.js';
import { promptText, textToTokenize } from './mock-prompt.js';
import { MockPromptCache } from './mock-prompt-cache.js';
import { checkMockRequest, mockLanguageModelFeatures, requireFeature } from './mock-request.js';
import { invalid } from './mock-rules.js';
import { type MockPiece, ownScript, toldScript } from './mock-script.js';
import { mockStream } from './mock-stream.js';
import { idOfWord, wordOfId, wordsOf } from './mock-vocabulary.js';
import { PriorityGate } from './priority-gate.js';

export interface MockLanguageModelOptions extends MockEngineOptions {
  /** Features that it has; a request that uses another is refused. Default: all in `mockLanguageModelFeatures`. */
  readonly features?: readonly string[];
  /**
   * Pieces of the answer, a token each; an error is thrown in its place. Default: it thinks and calls tools where it is told
   * to, follows the format that is asked for, and else counts, from where depends on the prompt and the adapter.
   */
  readonly answer?: (request: InferenceRequest) => readonly MockPiece[];
  /** Awaited before each piece: for delays, and for what a test does in the middle. */
  readonly beforePiece?: (index: number, request: InferenceRequest) => unknown;
  /** Most tokens of prompt and answer. Default 1000. */
  readonly contextLength?: number;
  /** Requests answered at a time, of those that may come; the others wait. Default 16. */
  readonly maxRunningRequests?: number;
}

export interface MockLanguageModel {
  readonly engine: AdvancedInferenceEngine &
    Required<
      Pick<
        AdvancedInferenceEngine,
        'tokenize' | 'detokenize' | 'loadAdapter' | 'unloadAdapter' | 'adapters' | 'loraMetricsSnapshot'
      >
    >;
  /** That it was asked, as they came, those that it refused included. */
  readonly requests: readonly InferenceRequest[];
}

/** A language model whose tokens are words. It is fast, keeps the contract, and gives the same answers each time. */
export function mockLanguageModel(options: MockLanguageModelOptions = {}): MockLanguageModel {
  const { features = mockLanguageModelFeatures, contextLength = 1000, maxRunningRequests = 16 } = options;
  const life = mockLife('mock-language-model', 'Generating', options);
  const gate = new PriorityGate(maxRunningRequests);
  life.attach({ waiting: () => gate.waiting, metrics: () => ({}), idle: async () => {} });
  const cache = new MockPromptCache();
  const adapters = new MockAdapters();
  const requests: InferenceRequest[] = [];
  const running = new Map<InferenceRequest, readonly string[]>();

  /** @returns the tokens of all answers */
  async function generate(
    request: InferenceRequest,
    push: (chunk: StreamChunk) => unknown,
    signal: AbortSignal,
  ): Promise<number> {
    const startedAt = performance.now();
    throwIfAborted(signal, 'The generation');
    checkMockRequest(request, features);
    const prompt = wordsOf(promptText(request, features));
    if (prompt.length >= contextLength) throw tooLong(prompt.length, contextLength);
    const adapter = request.adapter === undefined ? undefined : adapters.use(request.adapter);
    return withDeadline(request, signal, async (limited) => {
      const leave = await gate.enter(request.priority ?? 'normal', limited);
      running.set(request, prompt);
      try {
        const cachedTokens = features.includes('prefix-cache') ? cache.take(prompt, saltOf(request)) : 0;
        return await generateAnswer({
          request,
          prompt,
          cachedTokens,
          startedAt,
          contextLength,
          script: options.answer
            ? toldScript(options.answer(request))
            : ownScript(request, prompt.join(''), adapter?.shift ?? 0),
          countsReasoning: features.includes('reasoning'),
          push,
          before: async (index) => {
            await (options.beforePiece ? options.beforePiece(index, request) : nextTurn());
            throwIfAborted(limited, 'The generation');
          },
        });
      } finally {
        running.delete(request);
        leave();
      }
    }).finally(() => adapter?.release());
  }

  async function infer(request: InferenceRequest): Promise<InferenceResponse> {
    requests.push(request);
    const chunks: StreamChunk[] = [];
    const begun = performance.now();
    await life.call(signalOf(request), (signal) => generate(request, (chunk) => chunks.push(chunk), signal));
    return collectAnswer(chunks, performance.now() - begun);
  }

  function inferStream(request: InferenceRequest): AsyncIterableIterator<StreamChunk> {
    return mockStream<StreamChunk>({
      life,
      what: 'The generation',
      signal: () => signalOf(request),
      produce: async (push, signal) => {
        requests.push(request);
        requireFeature('streaming', features);
        const counts = features.includes('stream-usage');
        return generate(request, counts ? push : ({ usage: _, ...chunk }) => push(chunk), signal);
      },
    });
  }

  const base = mockEngineBase(life, {
    scheduler: { policy: 'priority', maxWaitingRequests: 1000, maxRunningRequests },
  });
  const simple = {
    ...base,
    infer,
    inferStream,
    tokenize: async (input: TokenizeInput) => {
      life.requireOpen();
      requireFeature('tokenizer', features);
      const text = textToTokenize(input);
      throwIfAborted(input.signal, 'Tokenizing');
      const pieces = wordsOf(text);
      return { tokens: pieces.map(idOfWord), pieces, contextLength };
    },
    detokenize: async (tokens: readonly number[]) => {
      life.requireOpen();
      requireFeature('tokenizer', features);
      if (!Array.isArray(tokens)) throw invalid('tokens', 'must be a list of token ids');
      return tokens.map((token) => wordOfId(token, 'tokens')).join('');
    },
    loadAdapter: async (source: AdapterSource, { signal }: CallOptions = {}) => {
      life.requireOpen();
      requireFeature('lora', features);
      return adapters.load(source, signal);
    },
    unloadAdapter: async (name: string) => {
      life.requireOpen();
      requireFeature('lora', features);
      return adapters.unload(name);
    },
    adapters: () => adapters.list(),
    loraMetricsSnapshot: () => adapters.snapshot(),
  };
  return { engine: { ...simple, ...advancedCalls(simple, { features, running }) }, requests };
}

/** What is no signal is for the check of the request to refuse. */
function signalOf(request: InferenceRequest | null | undefined): AbortSignal | undefined {
  return request?.signal instanceof AbortSignal ? request.signal : undefined;
}

/** Each adapter reads a prompt in its own way. */
function saltOf({ cacheSalt = '', adapter = '' }: InferenceRequest): string {
  return JSON.stringify([cacheSalt, adapter]);
}

function tooLong(promptTokens: number, contextLength: number): FerrumError {
  const message = `The prompt has ${promptTokens} tokens, but the context holds ${contextLength}, the answer included.`;
  return new FerrumError('RequestValidation', message, {
    details: { parameter: 'prompt', promptTokens, contextLength },
  });
}
