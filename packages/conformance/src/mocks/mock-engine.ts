import type { EngineConfig, InferenceEngine } from '@ferrum/interfaces';
import { EngineLife } from '@ferrum/registry/engine';

/** Options that every mock engine takes. */
export interface MockEngineOptions {
  /** What status, metrics and answers call the model. Default: the mock's own name, e.g. `mock-embedder`. */
  readonly modelId?: string;
  /** Calls at a time; one more is refused with `ResourceExhausted`. Default 1000. */
  readonly maxRequests?: number;
}

/** Counts the calls of a mock, ends them when it is shut down. */
export function mockLife(defaultModelId: string, what: string, options: MockEngineOptions): EngineLife {
  const { modelId = defaultModelId, maxRequests = 1000 } = options;
  return new EngineLife({
    manifest: { reference: modelId },
    version: '0.0.0',
    what,
    maxRequests,
    drainTimeoutMs: 1000,
    timedParts: [],
    dispose: async () => {},
  });
}

/** What engines of every modality have, told truly. */
export function mockEngineBase(life: EngineLife, config: Partial<EngineConfig> = {}): InferenceEngine {
  const { modelId } = life;
  return {
    specificationVersion: '1',
    modelId,
    status: () => life.status(),
    shutdown: (options) => life.shutdown(options),
    config: () => ({
      model: { modelId },
      backend: { backendType: 'mock', device: 'cpu', backendOptions: {} },
      ...config,
    }),
    metrics: () => life.metrics(),
    healthCheck: () => life.healthCheck(),
    [Symbol.asyncDispose]: () => life.shutdown(),
  };
}
