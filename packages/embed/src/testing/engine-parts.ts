import type { EngineParts, EngineSettings } from '../engine/engine-core.js';

/** Of an engine that has no model. */
export function fakeParts(
  options: Partial<EngineSettings> = {},
  dispose: () => Promise<void> = async () => {},
): EngineParts {
  return {
    manifest: { reference: 'fake:model', name: 'fake' },
    architecture: 'fake',
    maxTokens: 16,
    options: {
      threads: 1,
      quantization: 'float32',
      maxBatchTokens: 100,
      maxQueuedTokens: 10_000,
      drainTimeoutMs: 5000,
      ...options,
    },
    dispose,
  };
}
