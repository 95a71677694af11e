import type { BackendConfig } from './backend-config.js';
import type { BatchConfig } from './batch-config.js';
import type { EngineModelConfig } from './engine-model-config.js';
import type { KvCacheConfig } from './kv-cache-config.js';
import type { MemoryConfig } from './memory-config.js';
import type { MonitoringConfig } from './monitoring-config.js';
import type { SamplingConfig } from './sampling-config.js';
import type { SchedulerConfig } from './scheduler-config.js';

/**
 * How an engine is set up. A section or a field is absent where the engine has no such mechanism: an embedding engine
 * has no KV cache, a reference engine never preempts.
 */
export interface EngineConfig {
  readonly model: EngineModelConfig;
  readonly backend: BackendConfig;
  readonly scheduler?: SchedulerConfig;
  readonly sampling?: SamplingConfig;
  readonly kvCache?: KvCacheConfig;
  readonly memory?: MemoryConfig;
  readonly batching?: BatchConfig;
  readonly monitoring?: MonitoringConfig;
}
