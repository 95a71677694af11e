import type {
  ComponentHealth,
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  InferenceRequest,
  InferenceResponse,
  LlmInferenceEngine,
  ModelManifest,
  StreamChunk,
  TokenizeInput,
  TokenizeResult,
} from '@ferrum/interfaces';
import type { ChatTemplate, Tokenizer } from '@ferrum/models';
import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { memoryUsage } from '@ferrum/registry/telemetry';
import { ConstraintEngine } from '../constraint/constraint-engine.js';
import { presets } from '../sampling/presets.js';
import { ChunkQueue } from './chunk-queue.js';
import { CollectedResponse } from './collected-response.js';
import type { TokenSession } from './decoder-session.js';
import { describeEngine, modelIdOf } from './describe-engine.js';
import { detokenize } from './detokenize.js';
import { readPrompt } from './encode-prompt.js';
import { EngineRecorder } from './engine-recorder.js';
import { generate } from './generate.js';
import type { ModelShape } from './model-shape.js';
import { checkRequest } from './request.js';
import { scoreTokens, type TokenScore } from './score-tokens.js';
import { startOnRead } from './start-on-read.js';
import { watchTimeLimit } from './time-limit.js';
import { tokenize } from './tokenize.js';
import { Turnstile } from './turnstile.js';
import { version } from './version.js';

export interface DefaultInferenceEngineParts {
  readonly manifest: ModelManifest;
  readonly config: ModelShape;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  readonly session: TokenSession;
  readonly threads: number;
  /** Capacity of the cache, in tokens. */
  readonly contextLength: number;
}

const maxWaitingRequests = 1000;

/** One request runs at a time, first come first served: who asks and how urgently changes nothing. */
const refused = [
  'priority',
  'clientId',
  'cacheSalt',
  'adapter',
  'sampling.n',
  'sampling.bestOf',
  'sampling.echo',
] as const;

/**
 * The reference engine: one sequence at a time, first come first served, each computed from its first token.
 * The event loop stays free while it computes; a slow reader delays nobody.
 */
export class DefaultInferenceEngine implements LlmInferenceEngine {
  readonly specificationVersion = '1';
  readonly modelId: string;
  readonly #turnstile = new Turnstile(maxWaitingRequests);
  readonly #recorder = new EngineRecorder();
  readonly #openedAt = performance.now();
  readonly #running = new Map<AbortController, Promise<void>>();
  readonly #constraints: ConstraintEngine;
  #active = 0;
  #backendError: FerrumError | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(private readonly parts: DefaultInferenceEngineParts) {
    this.modelId = modelIdOf(parts.manifest);
    this.#constraints = new ConstraintEngine({
      tokenizer: parts.tokenizer,
      vocabularySize: parts.config.vocabularySize,
    });
  }

  async infer(request: InferenceRequest): Promise<InferenceResponse> {
    const collected = new CollectedResponse();
    for await (const chunk of this.inferStream(request)) collected.add(chunk);
    return collected.response();
  }

  inferStream(request: InferenceRequest): AsyncIterableIterator<StreamChunk> {
    const controller = new AbortController();
    const chunks = new ChunkQueue<StreamChunk>(() => controller.abort(new Error('The reader left.')));
    return startOnRead(chunks, () => {
      // The generation runs on its own, so that a reader who stops reading holds nobody up.
      this.#track(
        controller,
        this.#generate(request, controller, (chunk) => chunks.push(chunk)),
      ).then(
        () => chunks.close(),
        (error) => chunks.fail(error),
      );
    });
  }

  async tokenize(input: TokenizeInput): Promise<TokenizeResult> {
    this.#requireOpen();
    return tokenize(input, this.parts);
  }

  async detokenize(tokens: readonly number[]): Promise<string> {
    this.#requireOpen();
    return detokenize(tokens, this.parts);
  }

  /**
   * Scores given tokens: how probable the model finds each after those before it, in float32 logits.
   * @param tokens at least two token ids, as many as fit the context
   * @returns one score per token from the second on
   * @throws FerrumError `RequestValidation`, `Cancelled`
   */
  async score(tokens: readonly number[], options: { readonly signal?: AbortSignal } = {}): Promise<TokenScore[]> {
    const { config, contextLength, session } = this.parts;
    const controller = new AbortController();
    const limits = { vocabularySize: config.vocabularySize, contextLength };
    const work = this.#whileOpen(controller, options.signal, () =>
      this.#inTurn(controller.signal, () => scoreTokens(session, tokens, limits, controller.signal)),
    );
    return this.#track(controller, work);
  }

  async status(): Promise<EngineStatus> {
    const isReady = !this.#shutdown && this.#turnstile.waiting < maxWaitingRequests;
    return {
      isReady,
      loadedModels: this.#shutdown ? [] : [this.modelId],
      activeRequests: this.#active,
      queuedRequests: this.#turnstile.waiting,
      memoryUsage: memoryUsage(),
      uptimeSeconds: (performance.now() - this.#openedAt) / 1000,
      lastHeartbeat: this.#recorder.lastHeartbeat,
      version,
    };
  }

  config(): EngineConfig {
    const { config, contextLength, threads, manifest } = this.parts;
    return {
      ...describeEngine(manifest, config, { threads, contextLength }),
      scheduler: { policy: 'fcfs', maxWaitingRequests, maxRunningRequests: 1 },
      kvCache: { cacheType: 'contiguous', dtype: 'float32', enablePrefixCaching: false },
    };
  }

  metrics(): EngineMetrics {
    return this.#recorder.metrics(this.#turnstile.waiting);
  }

  async healthCheck(): Promise<HealthStatus> {
    const lastCheck = new Date();
    const component = (isHealthy: boolean, message: string, metrics: Record<string, number> = {}): ComponentHealth => ({
      status: isHealthy ? 'healthy' : 'unhealthy',
      message,
      metrics,
      lastCheck,
    });
    const isOpen = !this.#shutdown;
    const failure = this.#backendError;
    const { contextLength, session } = this.parts;
    const componentStatus = {
      scheduler: component(isOpen, isOpen ? 'scheduler healthy' : 'the engine is shut down', {
        waitingRequests: this.#turnstile.waiting,
        runningRequests: this.#active,
      }),
      backend:
        isOpen && failure
          ? { ...component(true, `the last run failed: ${failure.message}`), status: 'warning' as const }
          : component(isOpen, isOpen ? 'backend healthy' : 'the session is closed'),
      kvCache: component(isOpen, isOpen ? 'kv cache healthy' : 'the cache is freed', {
        capacityTokens: contextLength,
        capacityBytes: session.cacheBytes(contextLength),
      }),
    };
    return { status: isOpen ? (failure ? 'warning' : 'healthy') : 'unhealthy', componentStatus, lastCheck };
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#close();
    return this.#shutdown;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #close(): Promise<void> {
    for (const controller of this.#running.keys()) controller.abort(new Error('The engine is shutting down.'));
    await Promise.all(this.#running.values());
    this.#constraints.dispose();
    await this.parts.session.dispose();
  }

  async #generate(
    request: InferenceRequest,
    controller: AbortController,
    push: (chunk: StreamChunk) => void,
  ): Promise<void> {
    const startedAt = performance.now();
    const progress = { tokens: 0, wasComputed: false };
    let requestId: string | undefined;
    let timeout: FerrumError | undefined;
    let stopClock = (): void => {};
    try {
      const checked = checkRequest(request, {
        recommended: this.parts.manifest.sampling,
        presets,
        vocabularySize: this.parts.config.vocabularySize,
        refused,
        noImages: 'the reference engine gives no model images; use the batching one',
      });
      requestId = checked.id;
      stopClock = watchTimeLimit(checked, startedAt, (error) => {
        timeout = error;
        controller.abort(error);
      });
      await this.#whileOpen(controller, checked.signal, async () => {
        const { signal } = controller;
        throwIfAborted(signal, 'The generation');
        const encodeFrom = performance.now();
        const prompt = readPrompt(checked, this.parts);
        this.#recorder.addTime('tokenizationTimeMs', performance.now() - encodeFrom);
        const constraint = prompt.constraint && this.#constraints.compile(prompt.constraint);
        if (constraint) await abortable(constraint.ready, signal, 'The generation');
        await this.#inTurn(signal, async () => {
          const enteredAt = performance.now();
          try {
            for await (const chunk of generate(checked, prompt, {
              ...this.parts,
              recorder: this.#recorder,
              startedAt,
              signal,
              newMatcher: (endTokens) => constraint && this.#constraints.matcher(constraint, endTokens),
            })) {
              progress.tokens += chunk.tokens.length;
              if (chunk.timing) this.#recorder.succeeded(progress.tokens, chunk.timing);
              push(chunk);
            }
          } finally {
            progress.wasComputed = true;
            this.#recorder.busy(performance.now() - enteredAt);
          }
        });
      });
    } catch (cause) {
      const error =
        timeout ??
        (FerrumError.isInstance(cause)
          ? cause
          : new FerrumError('Internal', `The generation failed: ${String(cause)}`, { cause }));
      this.#recorder.failed(error, requestId, progress);
      throw error;
    } finally {
      stopClock();
    }
  }

  /** Waits for the session, has it to itself for the work, and remembers whether the backend failed. */
  async #inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const waitingFrom = performance.now();
    const leave = await this.#turnstile.enter(signal);
    this.#recorder.leftQueue(performance.now() - waitingFrom);
    this.#active += 1;
    try {
      const result = await work();
      this.#backendError = undefined;
      return result;
    } catch (error) {
      if (FerrumError.isInstance(error) && error.code === 'Backend') this.#backendError = error;
      throw error;
    } finally {
      this.#active -= 1;
      leave();
    }
  }

  /** Lets `shutdown` end the work and wait for it. */
  #track<T>(controller: AbortController, work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#running.set(controller, settled);
    void settled.then(() => this.#running.delete(controller));
    return work;
  }

  /** Runs the work with the caller's signal joined to the controller; refuses when the engine is shut down. */
  async #whileOpen<T>(
    controller: AbortController,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#requireOpen();
    const onAbort = (): void => controller.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await work();
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }
  #requireOpen(): void {
    if (!this.#shutdown) return;
    throw new FerrumError('Cancelled', `The engine of ${this.modelId} is shut down; resolve it again.`);
  }
}
