import type { MemoryUsage } from './memory-usage.js';

export interface EngineStatus {
  /** Whether a request sent now would be accepted. */
  readonly isReady: boolean;
  /** Adapters included, as `base:adapter`. */
  readonly loadedModels: readonly string[];
  readonly activeRequests: number;
  readonly queuedRequests: number;
  readonly memoryUsage: MemoryUsage;
  readonly uptimeSeconds: number;
  /** When the engine last finished a step, or opened. */
  readonly lastHeartbeat: Date;
  /** Of the package that made the engine. */
  readonly version: string;
}
