import type { CacheMetricsSnapshot } from './cache-metrics-snapshot.js';
import type { EngineConfig } from './engine-config.js';
import type { EngineMetrics } from './engine-metrics.js';
import type { EngineStatus } from './engine-status.js';
import type { HealthStatus } from './health-status.js';
import type { LoraMetricsSnapshot } from './lora-metrics-snapshot.js';

/** What every engine can do, whatever its modality. `Symbol.asyncDispose` does the same as `shutdown`. */
export interface InferenceEngine extends AsyncDisposable {
  readonly specificationVersion: '1';
  /** The model's name as status, metrics and responses report it. */
  readonly modelId: string;
  status(): Promise<EngineStatus>;
  /** Takes no new requests, ends those in flight and frees everything. Safe to call twice. */
  shutdown(options?: ShutdownOptions): Promise<void>;
  /** The configuration in force. */
  config(): EngineConfig;
  /** Counted since the engine opened. */
  metrics(): EngineMetrics;
  healthCheck(): Promise<HealthStatus>;
  /** Null while the cache is off; absent where the engine has none. */
  cacheMetricsSnapshot?(): CacheMetricsSnapshot | null;
  /** Null while no adapter is loaded; absent where the engine knows none. */
  loraMetricsSnapshot?(): LoraMetricsSnapshot | null;
}

export interface ShutdownOptions {
  /**
   * How long requests in flight may go on, in ms; what runs still after that ends with the finish reason `cancelled` and
   * what it has, what waits rejects with `Cancelled`. Default: as the engine is set up.
   */
  readonly drainTimeoutMs?: number;
}
