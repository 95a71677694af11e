import type { Plugin, RerankEngine } from '@ferrum/interfaces';
import { definePlugin } from '@ferrum/registry';
import { RequestRecorder } from '@ferrum/registry/telemetry';

/** A plugin whose model `word-reranker` scores a document by how many words of the query it has. */
export const wordReranker: Plugin = definePlugin({
  specificationVersion: '1',
  name: 'word-reranker',
  version: '0.0.0',
  register(registry) {
    registry.register({
      specificationVersion: '1',
      id: 'word-reranker/default',
      capability: 'reranking',
      features: [],
      models: ['word-reranker'],
      device: 'cpu',
      match: ({ reference }) => ({ score: reference === 'word-reranker' ? 50 : 0, reason: 'is called so' }),
      create: async () => engine(),
    });
  },
});

function engine(): RerankEngine {
  const recorder = new RequestRecorder([]);
  return {
    specificationVersion: '1',
    modelId: 'word-reranker',
    async rerank(query, documents, { topN } = {}) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const asked = new Set(words(query));
      const results = documents
        .map((document, index) => {
          const score = words(document).filter((word) => asked.has(word)).length - 1.5;
          return { index, score, relevanceScore: 1 / (1 + Math.exp(-score)) };
        })
        .sort((a, b) => b.score - a.score);
      const promptTokens = documents.reduce((sum, document) => sum + words(document).length + asked.size, 1);
      return { results: results.slice(0, topN), model: 'word-reranker', usage: { promptTokens } };
    },
    status: async () => ({
      ...{ isReady: true, loadedModels: ['word-reranker'], activeRequests: 0, queuedRequests: 0, version: '0.0.0' },
      ...{ uptimeSeconds: 0, lastHeartbeat: new Date() },
      memoryUsage: { totalBytes: 1, usedBytes: 0, freeBytes: 1, utilizationPercent: 0 },
    }),
    shutdown: async () => {},
    config: () => ({
      model: { modelId: 'word-reranker' },
      backend: { backendType: 'words', device: 'cpu', backendOptions: {} },
    }),
    metrics: () => recorder.metrics(0),
    healthCheck: async () => ({ status: 'healthy', componentStatus: {}, lastCheck: new Date() }),
    [Symbol.asyncDispose]: async () => {},
  };
}

function words(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}
