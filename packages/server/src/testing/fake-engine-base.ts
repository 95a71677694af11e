import type { InferenceEngine } from '@ferrum/interfaces';

/** What engines of every modality have. */
export function fakeEngineBase(modelId: string, active: () => number = () => 0): InferenceEngine {
  return {
    specificationVersion: '1',
    modelId,
    status: async () => ({
      isReady: true,
      loadedModels: [modelId],
      activeRequests: active(),
      queuedRequests: 0,
      memoryUsage: { totalBytes: 100, usedBytes: 10, freeBytes: 90, utilizationPercent: 10, cacheMemoryBytes: 5 },
      uptimeSeconds: 1,
      lastHeartbeat: new Date(0),
      version: '0.0.0',
    }),
    shutdown: async () => {},
    config: () => ({ model: { modelId }, backend: { backendType: 'fake', device: 'cpu', backendOptions: {} } }),
    metrics: () => ({
      totalRequests: 3,
      successfulRequests: 2,
      failedRequests: 1,
      resourceUtilization: { memoryUtilization: 0.1 },
      errorStats: { totalErrors: 1, errorsByType: { Cancelled: 1 }, errorRate: 1 / 3, recentErrors: [] },
      performanceBreakdown: {},
    }),
    healthCheck: async () => ({ status: 'healthy', componentStatus: {}, lastCheck: new Date(0) }),
    [Symbol.asyncDispose]: async () => {},
  };
}
