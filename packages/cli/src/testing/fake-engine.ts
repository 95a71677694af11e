import type { FinishReason, InferenceRequest, LlmInferenceEngine, Plugin, StreamChunk } from '@ferrum/interfaces';
import { definePlugin, FerrumError } from '@ferrum/registry';
import { FakeOpenings, unused } from './fake-openings.js';

export interface FakeEngine {
  readonly plugin: Plugin;
  /** Requests in the order they came. */
  readonly requests: InferenceRequest[];
  /** Options the engine was opened with. */
  readonly options: Readonly<Record<string, unknown>>[];
  /** Engines that were opened and not yet shut down. */
  readonly open: number;
}

export interface FakeEngineOptions {
  /** The pieces of the answer. Token ids are 0, 1, 2 …; an error is thrown in its place. */
  readonly answer?: Pieces;
  /** Makes the pieces of each answer in place of `answer`; what it returns is awaited. */
  readonly answerTo?: (request: InferenceRequest) => Pieces | Promise<Pieces>;
  /** Called after each piece; what it returns is awaited. */
  readonly afterPiece?: (index: number) => unknown;
  /** After its pieces the answer never ends by itself, only by the request's signal. */
  readonly endless?: boolean;
  /** Refuses conversations of as many words or more, as an engine refuses a prompt that its context cannot hold. */
  readonly contextWords?: number;
  /** Default eos. */
  readonly finishReason?: FinishReason;
  /** Default: all that the command asks for. */
  readonly features?: readonly string[];
  /** Tokens of a prompt, for its words. Default: always 3. */
  readonly promptTokens?: (words: number) => number;
}

type Pieces = readonly (string | Error | Pick<StreamChunk, 'reasoning' | 'toolCalls'>)[];

const features = ['streaming', 'json-object', 'json-schema', 'grammar', 'tools', 'reasoning', 'lora', 'image'];

/** A plugin whose engine says what it is told to. */
export function fakeEngine(behaviour: FakeEngineOptions = {}): FakeEngine {
  const { answer = [], answerTo = () => answer, promptTokens: countPrompt = () => 3 } = behaviour;
  const { afterPiece, endless = false, contextWords = Number.POSITIVE_INFINITY } = behaviour;
  const requests: InferenceRequest[] = [];
  const openings = new FakeOpenings();

  async function* inferStream(request: InferenceRequest): AsyncGenerator<StreamChunk> {
    requests.push(request);
    requireRoom(request, contextWords);
    const common = { requestId: 'request', createdAt: new Date(0), metadata: {} };
    const pieces = await answerTo(request);
    for (const [index, piece] of pieces.entries()) {
      throwIfCancelled(request.signal);
      if (piece instanceof Error) throw piece;
      const parts = typeof piece === 'string' ? { text: piece } : { text: '', ...piece };
      yield { ...common, ...parts, tokens: [index] };
      await afterPiece?.(index);
    }
    if (endless) await untilAborted(request.signal);
    throwIfCancelled(request.signal);
    const completionTokens = pieces.length;
    const promptTokens = countPrompt(wordsOf(request));
    yield {
      ...common,
      text: '',
      tokens: [],
      finishReason: behaviour.finishReason ?? 'eos',
      usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, cachedTokens: 1 },
      timing: { timeToFirstTokenMs: 210, decodeTokensPerSecond: 118.34, totalMs: 500 },
    };
  }

  const engine: LlmInferenceEngine = {
    ...openings.engine,
    inferStream,
    infer: unused,
  };
  const plugin = definePlugin({
    specificationVersion: '1',
    name: 'fake-plugin',
    version: '1.2.3',
    register: (registry) => {
      const descriptor = openings.descriptor(
        'fake-plugin/engine',
        'text-generation',
        engine,
        behaviour.features ?? features,
      );
      registry.register({
        ...descriptor,
        create: (context) => {
          context.onProgress?.({ phase: 'load', label: 'fake', unit: 'steps', completed: 0 });
          return descriptor.create(context);
        },
      });
    },
  });
  return {
    plugin,
    requests,
    options: openings.options,
    get open() {
      return openings.open;
    },
  };
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FerrumError('Cancelled', 'The generation was cancelled.');
}

function wordsOf({ prompt = '', messages }: InferenceRequest): number {
  const count = (content: string | readonly unknown[]): number =>
    (typeof content === 'string' ? content.split(' ') : content).length;
  if (messages) return messages.reduce((sum, { content }) => sum + count(content), 0);
  return typeof prompt === 'string' ? prompt.split(' ').length : prompt.length;
}

function requireRoom(request: InferenceRequest, contextWords: number): void {
  const promptTokens = wordsOf(request);
  if (promptTokens < contextWords) return;
  throw new FerrumError('RequestValidation', 'Open the model with a larger contextLength.', {
    details: { parameter: 'prompt', promptTokens, contextLength: contextWords },
  });
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
