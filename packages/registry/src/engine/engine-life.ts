import type {
  ComponentHealth,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  ModelManifest,
  ShutdownOptions,
} from '@ferrum/interfaces';
import { drain, requireDrainTimeout } from '../concurrency/drain.js';
import { eitherSignal } from '../concurrency/either-signal.js';
import { FerrumError } from '../errors.js';
import { componentHealth, healthOf } from '../telemetry/health.js';
import { memoryUsage } from '../telemetry/memory-usage.js';
import { RequestRecorder, type TimedPart } from '../telemetry/request-recorder.js';

export interface EngineLifeOptions {
  readonly manifest: ModelManifest;
  /** Of the engine's package. */
  readonly version: string;
  /** For people, completes "… failed": `Transcribing`. */
  readonly what: string;
  /** Calls at once; one more is refused. */
  readonly maxRequests: number;
  /** How long calls in flight may go on after `shutdown`, in ms, unless the caller says so. */
  readonly drainTimeoutMs: number;
  /** Whose time is taken. */
  readonly timedParts: readonly TimedPart[];
  /** Frees what the engine holds, once nothing runs any more. */
  readonly dispose: () => Promise<void>;
}

/** What the scheduler of an engine has to do. */
export interface Workload {
  /** Pieces of work that wait for their turn. */
  readonly waiting: () => number;
  readonly metrics: () => Readonly<Record<string, number>>;
  /** Resolves when nothing runs. */
  readonly idle: () => Promise<void>;
}

/** The calls of an engine from its opening to its end, counted: for engines whose calls take long and run beside each other. */
export class EngineLife {
  readonly modelId: string;
  readonly recorder: RequestRecorder;
  readonly #openedAt = performance.now();
  readonly #calls = new Set<Promise<unknown>>();
  /** Fires when calls in flight have had their time. */
  readonly #end = new AbortController();
  #workload: Workload | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(private readonly options: EngineLifeOptions) {
    const { manifest, timedParts } = options;
    this.modelId = manifest.name ?? manifest.reference;
    this.recorder = new RequestRecorder(timedParts);
  }

  attach(workload: Workload): void {
    this.#workload = workload;
  }

  /** A run of the model ended well. */
  ran(ms: number): void {
    this.recorder.busy(ms);
    this.recorder.addTime('modelExecutionTimeMs', ms);
    this.recorder.heartbeat();
    this.recorder.backendError = undefined;
  }

  /**
   * Counts a call, and ends it when the engine is shut down.
   * @param work resolves to the tokens that it made
   * @throws FerrumError `ResourceExhausted` when there are too many calls, `Cancelled` once the engine is shut down
   */
  async call(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<number>): Promise<void> {
    this.requireOpen();
    const { maxRequests } = this.options;
    if (this.#calls.size >= maxRequests) {
      const message = `${this.modelId} is busy with ${maxRequests} calls, as many as it takes (maxRequests); try again later.`;
      throw new FerrumError('ResourceExhausted', message);
    }
    const ending = eitherSignal([signal, this.#end.signal]);
    const running = this.#count(work(ending.signal));
    this.#calls.add(running);
    try {
      await running;
    } finally {
      this.#calls.delete(running);
      ending.stop();
    }
  }

  async status(): Promise<EngineStatus> {
    const isOpen = !this.#shutdown;
    return {
      isReady: isOpen && this.#hasRoom(),
      loadedModels: isOpen ? [this.modelId] : [],
      activeRequests: this.#calls.size,
      queuedRequests: this.#workload?.waiting() ?? 0,
      memoryUsage: memoryUsage(),
      uptimeSeconds: (performance.now() - this.#openedAt) / 1000,
      lastHeartbeat: this.recorder.lastHeartbeat,
      version: this.options.version,
    };
  }

  metrics(): EngineMetrics {
    return this.recorder.metrics(this.#workload?.waiting() ?? 0);
  }

  async healthCheck(): Promise<HealthStatus> {
    const isOpen = !this.#shutdown;
    const failure = this.recorder.backendError;
    const scheduler: ComponentHealth = componentHealth({
      isOpen,
      warning: this.#hasRoom() ? undefined : 'as many calls as the engine takes',
      fine: 'scheduler healthy',
      metrics: { activeRequests: this.#calls.size, ...this.#workload?.metrics() },
    });
    const backend = componentHealth({
      isOpen,
      warning: failure && `the last run failed: ${failure.message}`,
      fine: 'backend healthy',
    });
    return healthOf({ scheduler, backend });
  }

  /** Takes no new calls, lets those in flight finish for `drainTimeoutMs`; what goes on then rejects with `Cancelled`. */
  async shutdown({ drainTimeoutMs = this.options.drainTimeoutMs }: ShutdownOptions = {}): Promise<void> {
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
    return this.#calls.size < this.options.maxRequests;
  }

  async #count(work: Promise<number>): Promise<void> {
    const begun = performance.now();
    try {
      this.recorder.completed(await work, performance.now() - begun);
    } catch (error) {
      const known = FerrumError.isInstance(error)
        ? error
        : new FerrumError('Internal', `${this.options.what} failed: ${String(error)}`, { cause: error });
      this.recorder.failed(known, undefined, { tokens: 0, wasComputed: true });
      throw known;
    }
  }

  async #close(drainTimeoutMs: number): Promise<void> {
    await drain(this.#calls, drainTimeoutMs);
    this.#end.abort(new FerrumError('Cancelled', `the engine of ${this.modelId} was shut down.`));
    await Promise.allSettled(this.#calls);
    await this.#workload?.idle();
    await this.options.dispose();
  }
}
