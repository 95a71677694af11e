import type {
  AdapterInfo,
  AdapterSource,
  AdvancedInferenceEngine,
  CacheMetricsSnapshot,
  DiagnosticsReport,
  EngineConfig,
  EngineMetrics,
  EngineState,
  EngineStatus,
  ExportStateOptions,
  HealthStatus,
  InferBatchOptions,
  InferBatchResult,
  InferenceRequest,
  InferenceResponse,
  LoraMetricsSnapshot,
  ModelManifest,
  RestoredRequest,
  ShutdownOptions,
  SpeculationConfig,
  SpeculativeResponse,
  StreamChunk,
  TokenizeInput,
  TokenizeResult,
  WarmupResult,
} from '@ferrum/interfaces';
import type { ChatTemplate, Tokenizer } from '@ferrum/models';
import { abortable, eitherSignal, requireDrainTimeout } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { memoryUsage } from '@ferrum/registry/telemetry';
import { ConstraintEngine } from '../constraint/constraint-engine.js';
import { LoadedAdapters } from '../lora/loaded-adapters.js';
import type { ImageEncoder } from '../vision/image-encoder.js';
import { hasImages } from '../vision/see-images.js';
import { BatchSubmitter, type SubmitOptions } from './batch-submitter.js';
import { PrefixCache } from './cache/prefix-cache.js';
import { CollectedResponse } from './collected-response.js';
import { describeEngine, modelIdOf } from './describe-engine.js';
import { describeSettings } from './describe-settings.js';
import { detokenize } from './detokenize.js';
import { diagnose } from './diagnose.js';
import { EngineRecorder } from './engine-recorder.js';
import { type EngineSettings, settingsFrom } from './engine-settings.js';
import { checkState, exportGeneration } from './engine-state.js';
import type { Generation, GenerationSink } from './generation.js';
import { healthOf } from './health.js';
import { inferBatch } from './infer-batch.js';
import type { ModelRunner } from './model-runner.js';
import type { ModelShape } from './model-shape.js';
import { openStream } from './open-stream.js';
import { createPolicy } from './scheduling/create-policy.js';
import { Scheduler } from './scheduling/scheduler.js';
import type { Sequence } from './sequence.js';
import { checkSpeculation, type DraftModel } from './speculation/check-speculation.js';
import { NgramDrafter } from './speculation/ngram-drafter.js';
import { type Drafter, Speculation } from './speculation/speculation.js';
import { StepLoop } from './step-loop.js';
import { tokenize } from './tokenize.js';
import { version } from './version.js';
import { warmUp } from './warm-up.js';

export interface ContinuousBatchEngineParts {
  readonly manifest: ModelManifest;
  readonly config: ModelShape;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  readonly runner: ModelRunner;
  /** Of a model that sees. */
  readonly images?: ImageEncoder | undefined;
  readonly settings: EngineSettings;
  readonly threads: number;
  /** Tokens of one request, prompt and answer. */
  readonly contextLength: number;
  /** Tokens of a block of the cache, and blocks that running requests may fill. */
  readonly blockSize: number;
  readonly maxBlocks: number;
  /** Chunks that a stream holds before its request waits for the reader. */
  readonly streamBuffer: number;
  readonly drainTimeoutMs: number;
  /** Tells the weights, and how they are stored, from others. */
  readonly fingerprint: string;
  /** Features of the engine's descriptor. */
  readonly features: readonly string[];
  /** Opens a model for `inferSpeculative`; it is disposed with the engine. */
  readonly openDrafter: (model: DraftModel, signal: AbortSignal) => Promise<Drafter & { dispose(): Promise<void> }>;
}

/**
 * Computes many requests side by side: each step takes one token further every request that decodes, in one run, and some
 * of the prompts that are waiting. Requests join and leave between steps, and each gets what it would get alone.
 */
export class ContinuousBatchEngine implements AdvancedInferenceEngine {
  readonly specificationVersion = '1';
  readonly modelId: string;
  readonly #recorder = new EngineRecorder();
  readonly #openedAt = performance.now();
  readonly #scheduler: Scheduler<Sequence>;
  readonly #prefixCache: PrefixCache;
  readonly #loop: StepLoop;
  readonly #submitter: BatchSubmitter;
  readonly #constraints: ConstraintEngine;
  readonly #adapters: LoadedAdapters;
  readonly #drafters = new Map<string, ReturnType<ContinuousBatchEngineParts['openDrafter']>>();
  readonly #closing = new AbortController();
  #settings: EngineSettings;
  #shutdown: Promise<void> | undefined;

  constructor(private readonly parts: ContinuousBatchEngineParts) {
    const { runner, settings, blockSize, maxBlocks, tokenizer } = parts;
    this.modelId = modelIdOf(parts.manifest);
    this.#settings = settings;
    const { slots } = runner.cache.shape;
    this.#scheduler = new Scheduler({ slots, blockSize, maxBlocks }, settings, createPolicy(settings));
    this.#prefixCache = new PrefixCache({
      blockSize,
      blockBytes: blockSize * runner.cache.bytesPerToken,
      maxBytes: prefixBytesOf(settings),
      allocate: (tokens) => runner.cache.newArray(tokens),
    });
    const [scheduler, prefixCache, recorder] = [this.#scheduler, this.#prefixCache, this.#recorder];
    this.#loop = new StepLoop({
      scheduler,
      runner,
      prefixCache,
      recorder,
      tokenizer,
      onStep: () => this.#submitter.onStep(),
    });
    this.#constraints = new ConstraintEngine({ tokenizer, vocabularySize: parts.config.vocabularySize });
    this.#adapters = new LoadedAdapters({
      modelId: this.modelId,
      config: parts.config,
      runner: runner.adapters,
      atRest: (work) => this.#loop.atRest(work),
    });
    this.#submitter = new BatchSubmitter({
      ...parts,
      scheduler,
      recorder,
      loop: this.#loop,
      constraints: this.#constraints,
      adapters: this.#adapters,
      closing: this.#closing.signal,
      settings: () => this.#settings,
      requireOpen: () => this.#requireOpen(),
    });
  }

  infer(request: InferenceRequest): Promise<InferenceResponse> {
    return this.#infer(request);
  }

  inferStream(request: InferenceRequest): AsyncIterableIterator<StreamChunk> {
    return openStream({
      submit: (sink, left) => {
        const submit = (options: SubmitOptions = {}) =>
          this.#submitter.submit(request, sink, { ...options, isStream: true });
        if (!hasImages(request)) return submit();
        return this.#see(request, { left }).then(submit);
      },
      buffer: this.parts.streamBuffer,
      wake: () => this.#loop.wake(),
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

  inferBatch(
    requests: readonly InferenceRequest[],
    options: InferBatchOptions = {},
  ): Promise<readonly InferBatchResult[]> {
    const infer = async (request: InferenceRequest): Promise<InferenceResponse> => {
      await this.#submitter.room(options.signal);
      return this.infer(request);
    };
    // So many keep every row busy; more would take the places of others in the queue.
    return inferBatch(infer, requests, { ...options, concurrency: 2 * this.#settings.maxRunningRequests });
  }

  async inferSpeculative(request: InferenceRequest, config: SpeculationConfig): Promise<SpeculativeResponse> {
    const { speculationDepth, acceptanceThreshold = 0, draftModelConfig } = checkSpeculation(config);
    // A model is fetched and opened only for what can be answered.
    this.#submitter.check(request, { isSpeculative: true });
    const drafter = draftModelConfig
      ? await abortable(this.#drafter(draftModelConfig), request.signal, 'The generation')
      : new NgramDrafter();
    const speculation = new Speculation(drafter, speculationDepth, acceptanceThreshold);
    const response = await this.#infer(request, { speculation });
    return { ...response, speculation: speculation.stats };
  }

  async loadAdapter(
    source: AdapterSource,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<AdapterInfo> {
    this.#requireOpen();
    return this.#adapters.load(source, signal);
  }

  async unloadAdapter(name: string): Promise<void> {
    this.#requireOpen();
    return this.#adapters.unload(name);
  }

  adapters(): readonly AdapterInfo[] {
    return this.#adapters.all.map(({ info }) => info);
  }

  loraMetricsSnapshot(): LoraMetricsSnapshot | null {
    const { all } = this.#adapters;
    if (all.length === 0) return null;
    return {
      enabled: true,
      adapterCount: all.length,
      activeCacheBindings: [...this.#scheduler.running].filter(({ adapter, isOver }) => adapter && !isOver).length,
      projectionApplications: this.parts.runner.adapters?.projectionApplications ?? 0,
      position: 'real-inference',
      source: 'ferrum-batched-lora',
    };
  }

  warmup(requests: readonly InferenceRequest[]): Promise<WarmupResult> {
    return warmUp(this, requests);
  }

  async reconfigure(config: EngineConfig): Promise<void> {
    this.#requireOpen();
    const slots = this.parts.runner.cache.shape.slots;
    const settings = settingsFrom(config, this.config(), this.#settings, slots);
    this.#settings = settings;
    await this.#loop.atRest(async () => {
      this.#scheduler.reconfigure(settings, createPolicy(settings));
      this.#prefixCache.maxBytes = prefixBytesOf(settings);
    });
  }

  async diagnostics(): Promise<DiagnosticsReport> {
    return diagnose({
      config: this.config(),
      metrics: this.metrics(),
      recorder: this.#recorder,
      scheduler: this.#scheduler,
      prefixCache: this.#prefixCache,
      cache: this.parts.runner.cache,
      features: this.parts.features,
    });
  }

  async exportState({ includeKvCache = false }: ExportStateOptions = {}): Promise<EngineState> {
    this.#requireOpen();
    const { cache } = this.parts.runner;
    return this.#loop.atRest(async () => {
      const activeRequests = [];
      const tokensPerSecond = this.metrics().tokensPerSecond;
      for (const [generation, source] of this.#submitter.active) {
        activeRequests.push(await exportGeneration(generation, source, cache, includeKvCache, tokensPerSecond));
      }
      return {
        specificationVersion: '1',
        config: this.config(),
        metrics: this.metrics(),
        componentStates: { model: this.parts.fingerprint },
        activeRequests,
        timestamp: new Date(),
      };
    });
  }

  async importState(state: EngineState): Promise<readonly RestoredRequest[]> {
    this.#requireOpen();
    const { modelId, parts } = this;
    const requests = checkState(state, { modelId, fingerprint: parts.fingerprint });
    // All or none: nothing starts before everything was understood.
    const starts: { readonly pending: PendingResponse; readonly start: () => Generation }[] = [];
    for (const restorable of requests) {
      const { request } = restorable;
      const seeing = { startedAt: performance.now(), isQueued: false };
      const images = hasImages(request) ? await this.#submitter.see(request, seeing) : [];
      const pending = this.#collect(new CollectedResponse());
      starts.push({ pending, start: this.#submitter.prepareRestored(restorable, pending.sink, images) });
    }
    return starts.map(({ pending, start }) => {
      const generation = start();
      const response = pending.response.then((collected) => collected.response(bestOf(generation)));
      // Whoever asks learns of a failure; that nobody asks is no reason to end the process.
      response.catch(() => {});
      return {
        requestId: generation.request.id,
        response: () => response,
        cancel: () => {
          generation.fail(new FerrumError('Cancelled', 'The generation was cancelled.'));
          this.#loop.wake();
        },
      };
    });
  }

  async status(): Promise<EngineStatus> {
    const isOpen = !this.#shutdown;
    const { cache } = this.parts.runner;
    const kvBytes = this.#scheduler.blocks.used * this.parts.blockSize * cache.bytesPerToken;
    const cacheMemoryBytes = kvBytes + this.#prefixCache.bytes;
    return {
      isReady: isOpen && !this.#scheduler.isFull,
      loadedModels: isOpen ? [this.modelId, ...this.adapters().map(({ name }) => `${this.modelId}:${name}`)] : [],
      ...this.#submitter.counts(),
      memoryUsage: { ...memoryUsage(), cacheMemoryBytes },
      uptimeSeconds: (performance.now() - this.#openedAt) / 1000,
      lastHeartbeat: this.#recorder.lastHeartbeat,
      version,
    };
  }

  config(): EngineConfig {
    const { manifest, config, threads, contextLength, runner, blockSize, maxBlocks } = this.parts;
    const { slots, type } = runner.cache.shape;
    return {
      ...describeEngine(manifest, config, { threads, contextLength }),
      ...describeSettings(this.#settings, { slots, dtype: type, blockSize, maxBlocks }),
    };
  }

  metrics(): EngineMetrics {
    return this.#recorder.metrics(this.#submitter.counts().queuedRequests);
  }

  async healthCheck(): Promise<HealthStatus> {
    return healthOf({
      isOpen: !this.#shutdown,
      scheduler: this.#scheduler,
      prefixCache: this.#prefixCache,
      failure: this.#recorder.backendError,
      contextLength: this.parts.contextLength,
    });
  }

  cacheMetricsSnapshot(): CacheMetricsSnapshot | null {
    const cache = this.#prefixCache;
    if (!cache.enabled) return null;
    const { hits, misses } = cache;
    return {
      position: 'real-kv-reuse',
      source: 'continuous-batch-block-prefix-cache',
      enabled: true,
      hits,
      misses,
      evictions: cache.evictions,
      ...(hits + misses > 0 ? { hitRate: hits / (hits + misses) } : {}),
      savedPrefillTokens: cache.savedPrefillTokens,
      cachedTokens: cache.entries * cache.blockSize,
      entries: cache.entries,
      bytes: cache.bytes,
      blockSize: cache.blockSize,
      kvDtype: this.parts.runner.cache.shape.type,
      decodeBatch: this.#recorder.decodeBatch(),
      executorModelLock: this.#recorder.modelLock(),
    };
  }

  /**
   * Takes no new requests, lets those in flight finish for `drainTimeoutMs`, ends the rest: what runs gets the finish reason
   * `cancelled` with what it has, what waits rejects with `Cancelled`.
   */
  async shutdown({ drainTimeoutMs = this.parts.drainTimeoutMs }: ShutdownOptions = {}): Promise<void> {
    requireDrainTimeout(drainTimeoutMs);
    this.#shutdown ??= this.#close(drainTimeoutMs);
    return this.#shutdown;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #close(drainTimeoutMs: number): Promise<void> {
    this.#closing.abort(new Error('The engine is shutting down.'));
    await this.#submitter.drain(drainTimeoutMs);
    await this.#adapters.close();
    this.#loop.wake();
    await this.#loop.idle;
    this.#constraints.dispose();
    this.#prefixCache.clear();
    const drafters = await Promise.allSettled(this.#drafters.values());
    await this.parts.images?.dispose();
    await this.parts.runner.dispose();
    await Promise.all(
      drafters.map((drafter) => (drafter.status === 'fulfilled' ? drafter.value.dispose() : undefined)),
    );
  }

  async #infer(
    request: InferenceRequest,
    options: { readonly speculation?: Speculation } = {},
  ): Promise<InferenceResponse> {
    const seen = hasImages(request)
      ? await this.#see(request, { isSpeculative: options.speculation !== undefined })
      : {};
    const pending = this.#collect(new CollectedResponse());
    const generation = this.#submitter.submit(request, pending.sink, { ...options, ...seen });
    return (await pending.response).response(bestOf(generation));
  }

  async #see(
    request: InferenceRequest,
    { left, isSpeculative = false }: { readonly left?: AbortSignal; readonly isSpeculative?: boolean },
  ): Promise<SubmitOptions> {
    const startedAt = performance.now();
    const { signal, stop } = eitherSignal([left, signalOf(request)]);
    try {
      return { images: await this.#submitter.see({ ...request, signal }, { startedAt, isSpeculative }), startedAt };
    } finally {
      stop();
    }
  }

  /** A sink that puts everything together, and what comes of it. */
  #collect(collected: CollectedResponse): PendingResponse {
    let sink!: GenerationSink;
    const response = new Promise<CollectedResponse>((resolve, reject) => {
      sink = {
        chunk: (chunk) => collected.add(chunk),
        isFull: () => false,
        close: () => resolve(collected),
        fail: reject,
      };
    });
    response.catch(() => {});
    return { sink, response };
  }

  async #drafter(model: DraftModel): Promise<Drafter> {
    const key = JSON.stringify(model);
    let drafter = this.#drafters.get(key);
    if (!drafter) {
      if (this.#drafters.size >= mostDrafters) {
        throw new FerrumError(
          'ResourceExhausted',
          `This engine has ${mostDrafters} draft models open already; use one of them, or open the model anew.`,
          { details: { draftModels: [...this.#drafters.keys()] } },
        );
      }
      drafter = this.parts.openDrafter(model, this.#closing.signal);
      this.#drafters.set(key, drafter);
      // The next request may try again.
      drafter.catch(() => this.#drafters.delete(key));
    }
    return drafter;
  }

  #requireOpen(): void {
    if (!this.#shutdown) return;
    throw new FerrumError('Cancelled', `The engine of ${this.modelId} is shut down; resolve it again.`);
  }
}

interface PendingResponse {
  readonly sink: GenerationSink;
  readonly response: Promise<CollectedResponse>;
}

/** Each holds a model in memory. */
const mostDrafters = 4;

/** The answers to return, best first: all as they are, or those with the highest mean log-probability. */
function bestOf({ request, sequences }: Generation): readonly number[] {
  const choices = sequences.map((sequence) => sequence.choice);
  if (request.bestOf === request.n) return choices;
  const rank = (choice: number) => sequences[choice]?.meanLogprob ?? Number.NEGATIVE_INFINITY;
  return choices.sort((a, b) => rank(b) - rank(a) || a - b).slice(0, request.n);
}

/** What is no signal is for the request's check to refuse. */
function signalOf({ signal }: InferenceRequest): AbortSignal | undefined {
  return signal instanceof AbortSignal ? signal : undefined;
}

function prefixBytesOf({ enablePrefixCaching, prefixCacheBytes }: EngineSettings): number {
  return enablePrefixCaching ? prefixCacheBytes : 0;
}
