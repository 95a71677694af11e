import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  AdvancedInferenceEngine,
  ChatMessage,
  InferenceRequest,
  InferenceResponse,
  StreamChunk,
  TokenizeInput,
} from '@ferrum/interfaces';
import { withDeadline } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { advancedCalls } from './mock-advanced.js';
import { countOn, type MockCandidates } from './mock-answer.js';
import { collectAnswer } from './mock-collect.js';
import { type MockEngineOptions, mockEngineBase, mockLife } from './mock-engine.js';
import { generateAnswer } from './mock-generation.js';
import { MockPromptCache } from './mock-prompt-cache.js';
import { checkMockRequest, invalid, mockLanguageModelFeatures, requireFeature } from './mock-request.js';
import { mockStream } from './mock-stream.js';
import { idOfWord, wordOfId, wordsOf } from './mock-vocabulary.js';
import { PriorityGate } from './priority-gate.js';

export interface MockLanguageModelOptions extends MockEngineOptions {
  /** Features that it has; a request that uses another is refused. Default: all in `mockLanguageModelFeatures`. */
  readonly features?: readonly string[];
  /** Pieces of the answer, a token each; an error is thrown in its place. Default: it counts, from where depends on the prompt. */
  readonly answer?: (request: InferenceRequest) => readonly (string | Error)[];
  /** Awaited before each piece: for delays, and for what a test does in the middle. */
  readonly beforePiece?: (index: number, request: InferenceRequest) => unknown;
  /** Most tokens of prompt and answer. Default 1000. */
  readonly contextLength?: number;
  /** Requests answered at a time, of those that may come; the others wait. Default 16. */
  readonly maxRunningRequests?: number;
}

export interface MockLanguageModel {
  readonly engine: AdvancedInferenceEngine & Required<Pick<AdvancedInferenceEngine, 'tokenize' | 'detokenize'>>;
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
    return withDeadline(request, signal, async (limited) => {
      const leave = await gate.enter(request.priority ?? 'normal', limited);
      running.set(request, prompt);
      try {
        const cachedTokens = features.includes('prefix-cache') ? cache.take(prompt, request.cacheSalt) : 0;
        return await generateAnswer({
          request,
          prompt,
          cachedTokens,
          startedAt,
          contextLength,
          candidates: candidatesOf(request, prompt.join(''), options),
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
    });
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
  };
  return { engine: { ...simple, ...advancedCalls(simple, { features, running }) }, requests };
}

/** What is no signal is for the check of the request to refuse. */
function signalOf(request: InferenceRequest | null | undefined): AbortSignal | undefined {
  return request?.signal instanceof AbortSignal ? request.signal : undefined;
}

function candidatesOf(
  request: InferenceRequest,
  prompt: string,
  { answer }: MockLanguageModelOptions,
): readonly (MockCandidates | Error)[] {
  if (!answer) return countOn(prompt, request);
  return answer(request).map((piece) => (piece instanceof Error ? piece : [piece]));
}

function promptText({ prompt, messages, raw }: InferenceRequest, features: readonly string[]): string {
  if (messages) return renderChat(messages);
  if (typeof prompt !== 'string') return prompt?.map((id) => wordOfId(id, 'prompt')).join('') ?? '';
  return raw || !features.includes('chat') ? prompt : renderChat([{ role: 'user', content: prompt }]);
}

function renderChat(messages: readonly ChatMessage[], end = 'assistant:'): string {
  // Checked before: it takes texts only.
  return messages.map(({ role, content }) => `${role}: ${String(content)}\n`).join('') + end;
}

function textToTokenize(input: TokenizeInput): string {
  if (typeof input !== 'object' || input === null) throw invalid('input', 'must be an object');
  const { prompt, messages, addGenerationPrompt = true } = input;
  if ((prompt === undefined) === (messages === undefined)) throw invalid('prompt', 'give either prompt or messages');
  if (messages) return renderChat(messages, addGenerationPrompt ? undefined : '');
  if (typeof prompt !== 'string') throw invalid('prompt', 'must be a text');
  return prompt;
}

function tooLong(promptTokens: number, contextLength: number): FerrumError {
  const message = `The prompt has ${promptTokens} tokens, but the context holds ${contextLength}, the answer included.`;
  return new FerrumError('RequestValidation', message, {
    details: { parameter: 'prompt', promptTokens, contextLength },
  });
}
