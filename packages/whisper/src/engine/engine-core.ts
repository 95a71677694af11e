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
import { type WhisperConfig, windowFrames } from '../architecture/whisper-config.js';
import type { LoopListener } from './decoding-jobs.js';
import type { DecodingLoop } from './decoding-loop.js';
import type { CheckedEngineOptions } from './engine-options.js';
import { version } from './version.js';

export interface CoreParts {
  readonly manifest: ModelManifest;
  readonly config: WhisperConfig;
  readonly options: CheckedEngineOptions;
  readonly quantization: 'float32' | 'int8';
  /** Frees the sessions. */
  readonly dispose: () => Promise<void>;
}

/** The counters and the life of an engine. */
export class EngineCore {
  readonly modelId: string;
  readonly #recorder = new RequestRecorder(['modelExecutionTimeMs']);
  readonly #openedAt = performance.now();
  readonly #calls = new Set<Promise<unknown>>();
  /** Fires when calls in flight have had their time. */
  readonly #end = new AbortController();
  #loop: DecodingLoop | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(private readonly parts: CoreParts) {
    this.modelId = parts.manifest.name ?? parts.manifest.reference;
  }

  /** What the loop is to tell of its work. */
  get listener(): LoopListener {
    return {
      onRun: (ms) => {
        this.#recorder.busy(ms);
        this.#recorder.addTime('modelExecutionTimeMs', ms);
        this.#recorder.heartbeat();
        this.#recorder.backendError = undefined;
      },
      onFailure: (error) => {
        this.#recorder.backendError = error;
      },
    };
  }

  attach(loop: DecodingLoop): void {
    this.#loop = loop;
  }

  /**
   * Counts a call, and ends it when the engine is shut down.
   * @param work resolves to the tokens that it wrote
   * @throws FerrumError `ResourceExhausted` when there are too many calls, `Cancelled` once the engine is shut down
   */
  async call(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<number>): Promise<void> {
    this.requireOpen();
    const { maxRequests } = this.parts.options;
    if (this.#calls.size >= maxRequests) {
      const message = `${this.modelId} is busy with ${maxRequests} calls, as many as it takes (maxRequests); try again later.`;
      throw new FerrumError('ResourceExhausted', message);
    }
    const either = signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal;
    const running = this.#count(work(either));
    this.#calls.add(running);
    try {
      await running;
    } finally {
      this.#calls.delete(running);
    }
  }

  async status(): Promise<EngineStatus> {
    const isOpen = !this.#shutdown;
    return {
      isReady: isOpen && this.#hasRoom(),
      loadedModels: isOpen ? [this.modelId] : [],
      activeRequests: this.#calls.size,
      queuedRequests: this.#loop?.waitingWindows ?? 0,
      memoryUsage: memoryUsage(),
      uptimeSeconds: (performance.now() - this.#openedAt) / 1000,
      lastHeartbeat: this.#recorder.lastHeartbeat,
      version,
    };
  }

  config(): EngineConfig {
    const { manifest, config, options, quantization } = this.parts;
    const { modelId } = this;
    const { threads, maxWindows, maxRequests, maxAudioBytes, maxAudioSeconds, vadModel, drainTimeoutMs } = options;
    return {
      model: {
        modelId,
        modelInfo: {
          modelId,
          modelType: 'whisper',
          hiddenSize: config.hiddenSize,
          numLayers: config.decoderLayers,
          numHeads: config.decoderHeads,
          vocabSize: config.vocabularySize,
          maxSequenceLength: config.maxTokens,
          device: 'cpu',
          ...(manifest.license === undefined ? {} : { license: manifest.license }),
          metadata: { melBins: config.melBins, windowSeconds: windowFrames(config) / 100 },
        },
      },
      backend: {
        backendType: 'onnxruntime',
        device: 'cpu',
        dtype: 'float32',
        backendOptions: {
          threads,
          quantization,
          maxWindows,
          maxRequests,
          maxAudioBytes,
          maxAudioSeconds,
          vadModel,
          drainTimeoutMs,
        },
      },
      batching: { maxBatchSize: options.maxBatchSize, enableDynamic: true, enableContinuous: true },
    };
  }

  metrics(): EngineMetrics {
    return this.#recorder.metrics(this.#loop?.waitingWindows ?? 0);
  }

  async healthCheck(): Promise<HealthStatus> {
    const isOpen = !this.#shutdown;
    const failure = this.#recorder.backendError;
    return healthOf({
      scheduler: componentHealth({
        isOpen,
        warning: this.#hasRoom() ? undefined : 'as many calls as the engine takes',
        fine: 'scheduler healthy',
        metrics: {
          activeRequests: this.#calls.size,
          activeWindows: this.#loop?.activeWindows ?? 0,
          waitingWindows: this.#loop?.waitingWindows ?? 0,
        },
      }),
      backend: componentHealth({
        isOpen,
        warning: failure && `the last run failed: ${failure.message}`,
        fine: 'backend healthy',
      }),
    });
  }

  /** Takes no new calls, lets those in flight finish for `drainTimeoutMs`; what goes on then rejects with `Cancelled`. */
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

  #hasRoom(): boolean {
    return this.#calls.size < this.parts.options.maxRequests;
  }

  async #count(work: Promise<number>): Promise<void> {
    const begun = performance.now();
    try {
      this.#recorder.completed(await work, performance.now() - begun);
    } catch (error) {
      const known = FerrumError.isInstance(error)
        ? error
        : new FerrumError('Internal', `Transcribing failed: ${String(error)}`, { cause: error });
      this.#recorder.failed(known, undefined, { tokens: 0, wasComputed: true });
      throw known;
    }
  }

  async #close(drainTimeoutMs: number): Promise<void> {
    await drain(this.#calls, drainTimeoutMs);
    this.#end.abort(new FerrumError('Cancelled', `the engine of ${this.modelId} was shut down.`));
    await Promise.allSettled(this.#calls);
    await this.#loop?.idle();
    await this.parts.dispose();
  }
}
