import type {
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  ModelManifest,
  ShutdownOptions,
} from '@ferrum/interfaces';
import { drain, requireDrainTimeout } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { componentHealth, healthOf, memoryUsage, RequestRecorder } from '@ferrum/registry/telemetry';
import { BatchQueue, type BatchRun, batchLookahead, type Submission } from '../batching/batch-queue.js';
import { computeAll } from '../batching/compute-all.js';
import { version } from './version.js';

/** What a run costs beside its tokens, in tokens: measured on a small encoder, where it counts most. */
const runOverheadTokens = 16;
/** What every engine of this package is made of. */
export interface EngineParts {
  readonly manifest: ModelManifest;
  readonly architecture: string;
  /** The longest text. */
  readonly maxTokens: number;
  readonly hiddenSize?: number;
  readonly layers?: number;
  readonly options: EngineSettings;
  /** Frees the sessions. */
  readonly dispose: () => Promise<void>;
}

export interface EngineSettings {
  readonly threads: number;
  readonly quantization: 'float32' | 'int8';
  readonly maxBatchTokens: number;
  readonly maxQueuedTokens: number;
  readonly drainTimeoutMs: number;
}

/** A call that computes, for those who count. */
export interface EngineCall {
  readonly count: number;
  /** Awaited first: until what is computed has been read. */
  readonly ready?: () => Promise<void>;
  /** @param index of an input @returns what to compute, and how many tokens of it are counted as read */
  readonly prepare: (index: number) => Submission<unknown> & { readonly tokens: number };
  readonly signal?: AbortSignal | undefined;
  readonly what: string;
  readonly onProgress?: ((completed: number) => void) | undefined;
}

export interface ComputedCall {
  /** One for each input. */
  readonly vectors: Float32Array[];
  /** That were read. */
  readonly tokens: number;
}

/** The queue, the counters and the life of an engine: what embedding and reranking have in common. */
export class EngineCore {
  readonly modelId: string;
  readonly #queue: BatchQueue;
  readonly #recorder = new RequestRecorder(['tokenizationTimeMs', 'modelExecutionTimeMs']);
  readonly #openedAt = performance.now();
  readonly #calls = new Set<Promise<unknown>>();
  /** Of the latest run, padding included. */
  #msPerToken: number | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(private readonly parts: EngineParts) {
    const { name, reference } = parts.manifest;
    this.modelId = name ?? reference;
    const { maxBatchTokens, maxQueuedTokens } = parts.options;
    this.#queue = new BatchQueue({
      maxBatchTokens,
      maxQueuedTokens,
      overheadTokens: runOverheadTokens,
      onRun: (run) => this.#count(run),
    });
  }

  async compute(call: EngineCall): Promise<ComputedCall> {
    this.requireOpen();
    const computing = this.#compute(call);
    this.#calls.add(computing);
    try {
      return await computing;
    } finally {
      this.#calls.delete(computing);
    }
  }

  async status(): Promise<EngineStatus> {
    const isOpen = !this.#shutdown;
    return {
      isReady: isOpen && this.#queue.hasRoom(1),
      loadedModels: isOpen ? [this.modelId] : [],
      activeRequests: this.#calls.size,
      queuedRequests: this.#queue.waiting,
      memoryUsage: memoryUsage(),
      uptimeSeconds: (performance.now() - this.#openedAt) / 1000,
      lastHeartbeat: this.#recorder.lastHeartbeat,
      version,
    };
  }

  config(): EngineConfig {
    const { manifest, architecture, maxTokens, hiddenSize, layers, options } = this.parts;
    const { modelId } = this;
    const { threads, quantization, maxQueuedTokens, drainTimeoutMs } = options;
    return {
      model: {
        modelId,
        modelInfo: {
          modelId,
          modelType: architecture,
          ...(hiddenSize === undefined ? {} : { hiddenSize }),
          ...(layers === undefined ? {} : { numLayers: layers }),
          maxSequenceLength: maxTokens,
          device: 'cpu',
          ...(manifest.license === undefined ? {} : { license: manifest.license }),
          metadata: {},
        },
      },
      backend: {
        backendType: 'onnxruntime',
        device: 'cpu',
        dtype: 'float32',
        backendOptions: { threads, quantization, maxQueuedTokens, drainTimeoutMs },
      },
      batching: {
        maxBatchSize: batchLookahead,
        enableDynamic: true,
        enableContinuous: false,
        maxNumBatchedTokens: options.maxBatchTokens,
      },
    };
  }

  metrics(): EngineMetrics {
    return this.#recorder.metrics(this.#queue.waiting);
  }

  async healthCheck(): Promise<HealthStatus> {
    const isOpen = !this.#shutdown;
    const failure = this.#recorder.backendError;
    return healthOf({
      scheduler: componentHealth({
        isOpen,
        warning: this.#queue.hasRoom(1) ? undefined : 'the queue is full',
        fine: 'scheduler healthy',
        metrics: {
          waitingRequests: this.#queue.waiting,
          waitingTokens: this.#queue.waitingTokens,
          runningRequests: this.#queue.running,
        },
      }),
      backend: componentHealth({
        isOpen,
        warning: failure && `the last run failed: ${failure.message}`,
        fine: 'backend healthy',
      }),
    });
  }

  /** Takes no new calls, lets those in flight finish for `drainTimeoutMs`; what waits then rejects with `Cancelled`. */
  async shutdown({ drainTimeoutMs = this.parts.options.drainTimeoutMs }: ShutdownOptions = {}): Promise<void> {
    requireDrainTimeout(drainTimeoutMs);
    this.#shutdown ??= this.#close(drainTimeoutMs);
    return this.#shutdown;
  }

  /** @throws FerrumError `Cancelled` once the engine is shut down. */
  requireOpen(): void {
    if (!this.#shutdown) return;
    throw new FerrumError('Cancelled', `The engine of ${this.modelId} is shut down; resolve it again.`);
  }

  async #compute({ count, signal, what, onProgress, ...call }: EngineCall): Promise<ComputedCall> {
    const begun = performance.now();
    let tokens = 0;
    let submitted = 0;
    const prepare = (index: number) => {
      const from = performance.now();
      const { tokens: read, ...submission } = call.prepare(index);
      this.#recorder.addTime('tokenizationTimeMs', performance.now() - from);
      tokens += read;
      submitted += 1;
      return submission;
    };
    try {
      if (call.ready) await call.ready();
      const retryAfterMs = () => this.#queueMs();
      const vectors = await computeAll(this.#queue, count, prepare, { signal, what, onProgress, retryAfterMs });
      this.#recorder.completed(tokens, performance.now() - begun);
      return { vectors, tokens };
    } catch (error) {
      const known = FerrumError.isInstance(error)
        ? error
        : new FerrumError('Internal', `${what} failed: ${String(error)}`, { cause: error });
      this.#recorder.failed(known, undefined, { tokens: 0, wasComputed: submitted > 0 });
      throw error;
    }
  }

  async #close(drainTimeoutMs: number): Promise<void> {
    await drain(this.#calls, drainTimeoutMs);
    this.#queue.end(new FerrumError('Cancelled', `The engine of ${this.modelId} was shut down.`));
    await this.#queue.idle();
    await this.parts.dispose();
  }

  #count(run: BatchRun): void {
    this.#recorder.busy(run.ms);
    this.#recorder.addTime('modelExecutionTimeMs', run.ms);
    for (const waited of run.waitsMs) this.#recorder.leftQueue(waited);
    this.#recorder.heartbeat();
    // A run that ends because its callers have gone says nothing of the model.
    if (run.error?.code !== 'Cancelled') this.#recorder.backendError = run.error;
    if (!run.error) this.#msPerToken = run.ms / run.paddedTokens;
  }

  /** How long what waits will take. */
  #queueMs(): number | undefined {
    return this.#msPerToken === undefined ? undefined : Math.ceil(this.#msPerToken * this.#queue.waitingTokens);
  }
}
