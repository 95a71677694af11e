import type {
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  InferenceEngine,
  ShutdownOptions,
} from '@ferrum/interfaces';
import { EngineCore, type EngineParts } from './engine-core.js';

/** What both engines of this package answer about themselves. */
export abstract class BatchEngine implements InferenceEngine {
  readonly specificationVersion = '1';
  readonly modelId: string;
  protected readonly core: EngineCore;

  constructor(parts: EngineParts) {
    this.core = new EngineCore(parts);
    this.modelId = this.core.modelId;
  }

  status(): Promise<EngineStatus> {
    return this.core.status();
  }

  config(): EngineConfig {
    return this.core.config();
  }

  metrics(): EngineMetrics {
    return this.core.metrics();
  }

  healthCheck(): Promise<HealthStatus> {
    return this.core.healthCheck();
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.core.shutdown(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
