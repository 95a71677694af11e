import type { DecodeBatchMetrics } from './decode-batch-metrics.js';
import type { KvCacheConfig } from './kv-cache-config.js';

/** What the prefix cache did since the engine opened. */
export interface CacheMetricsSnapshot {
  /** Where the numbers come from: `real-kv-reuse` when computed KV was used again. */
  readonly position: string;
  /** Which cache, e.g. `continuous-engine-block-prefix-cache`. */
  readonly source: string;
  readonly enabled: boolean;
  /** Requests that found part of their prompt. */
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** `hits / (hits + misses)`, 0 to 1; absent before the first request. */
  readonly hitRate?: number;
  /** Prompt tokens that were not computed. */
  readonly savedPrefillTokens: number;
  /** Tokens whose KV the cache holds now. */
  readonly cachedTokens: number;
  readonly entries: number;
  readonly bytes: number;
  /** Tokens per block. */
  readonly blockSize: number;
  readonly kvDtype: KvCacheConfig['dtype'];
  readonly decodeBatch?: DecodeBatchMetrics;
  readonly executorModelLock?: ExecutorModelLockMetrics;
}

/** How long calls that need the model to themselves (exports, changes of configuration …) waited for a step to end. */
export interface ExecutorModelLockMetrics {
  readonly schemaVersion: 1;
  /** Calls that waited. */
  readonly samples: number;
  readonly totalWaitTimeUs: number;
  /** Absent before the first. */
  readonly avgWaitTimeMs?: number;
}
