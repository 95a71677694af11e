import { availableParallelism } from 'node:os';
import type { InferenceEngine } from '@ferrum/interfaces';

/** As many threads as the engine says that it uses; those of the machine where it does not say. */
export function threadsOf(engine: InferenceEngine): number {
  const { threads } = engine.config().backend.backendOptions;
  return typeof threads === 'number' ? threads : availableParallelism();
}

/** Most memory that the process has had so far. */
export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
