import { access } from 'node:fs/promises';
import type { AdapterInfo, LlmInferenceEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** Adapters that are names only; one whose path holds `broken` does not fit. */
export function fakeAdapters(): Required<
  Pick<LlmInferenceEngine, 'loadAdapter' | 'unloadAdapter' | 'adapters' | 'loraMetricsSnapshot'>
> {
  const loaded = new Map<string, AdapterInfo>();
  return {
    loadAdapter: async ({ name, path, scale = 1 }) => {
      if (path.includes('broken')) throw new FerrumError('Model', `The adapter at ${path} has rank 0.`);
      await access(path);
      const info = { name, path, scale, rank: 8, targets: ['q_proj'], bytes: 1024, activeRequests: 0 };
      loaded.set(name, info);
      return info;
    },
    unloadAdapter: async (name) => {
      if (!loaded.delete(name)) throw new FerrumError('NotFound', `There is no adapter ${name}.`);
    },
    adapters: () => [...loaded.values()],
    loraMetricsSnapshot: () =>
      loaded.size === 0
        ? null
        : {
            enabled: true,
            adapterCount: loaded.size,
            activeCacheBindings: 1,
            projectionApplications: 7,
            position: 'real-inference',
            source: 'fake',
          },
  };
}
