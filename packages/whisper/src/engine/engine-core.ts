import type {
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  ModelManifest,
  ShutdownOptions,
} from '@ferrum/interfaces';
import { EngineLife } from '@ferrum/registry/engine';
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

/** The configuration and the life of an engine. */
export class EngineCore {
  readonly #life: EngineLife;

  constructor(private readonly parts: CoreParts) {
    const { manifest, options, dispose } = parts;
    const { maxRequests, drainTimeoutMs } = options;
    this.#life = new EngineLife({
      ...{ manifest, version, maxRequests, drainTimeoutMs, dispose },
      what: 'Transcribing',
      timedParts: ['modelExecutionTimeMs'],
    });
  }

  get modelId(): string {
    return this.#life.modelId;
  }

  /** What the loop is to tell of its work. */
  get listener(): LoopListener {
    return {
      onRun: (ms) => this.#life.ran(ms),
      onFailure: (error) => {
        this.#life.recorder.backendError = error;
      },
    };
  }

  attach(loop: DecodingLoop): void {
    this.#life.attach({
      waiting: () => loop.waitingWindows,
      metrics: () => ({ activeWindows: loop.activeWindows, waitingWindows: loop.waitingWindows }),
      idle: () => loop.idle(),
    });
  }

  /**
   * Counts a call, and ends it when the engine is shut down.
   * @param work resolves to the tokens that it wrote
   * @throws FerrumError `ResourceExhausted` when there are too many calls, `Cancelled` once the engine is shut down
   */
  call(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<number>): Promise<void> {
    return this.#life.call(signal, work);
  }

  status(): Promise<EngineStatus> {
    return this.#life.status();
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
    return this.#life.metrics();
  }

  healthCheck(): Promise<HealthStatus> {
    return this.#life.healthCheck();
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#life.shutdown(options);
  }

  /** @throws FerrumError `Cancelled` once the engine is shut down. */
  requireOpen(): void {
    this.#life.requireOpen();
  }
}
