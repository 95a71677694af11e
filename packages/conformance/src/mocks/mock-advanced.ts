import { arch, cpus, platform, totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type {
  AdvancedInferenceEngine,
  EngineState,
  InferBatchResult,
  InferenceRequest,
  LlmInferenceEngine,
} from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { requireFeature } from './mock-request.js';
import { idOfWord } from './mock-vocabulary.js';

export interface MockAdvancedParts {
  readonly features: readonly string[];
  /** Requests under way, with the words of their prompts. */
  readonly running: ReadonlyMap<InferenceRequest, readonly string[]>;
}

type AdvancedCalls = Omit<AdvancedInferenceEngine, keyof LlmInferenceEngine>;

/** The calls beyond generating text, made of the simple ones. */
export function advancedCalls(engine: LlmInferenceEngine, { features, running }: MockAdvancedParts): AdvancedCalls {
  const require = () => requireFeature('advanced', features);
  return {
    async inferBatch(requests, { signal, onProgress } = {}) {
      require();
      requireList(requests);
      throwIfAborted(signal, 'The batch');
      let completed = 0;
      const results = await Promise.all(
        requests.map(async (request): Promise<InferBatchResult> => {
          const result = await settled(() => engine.infer(signal ? withSignal(request, signal) : request));
          completed += 1;
          onProgress?.({ completed, total: requests.length });
          return result;
        }),
      );
      throwIfAborted(signal, 'The batch');
      return results;
    },
    async inferSpeculative(request, config) {
      require();
      if (!Number.isInteger(config?.speculationDepth) || config.speculationDepth < 1) {
        throw new FerrumError('RequestValidation', 'speculationDepth must be a whole number from 1.');
      }
      const response = await engine.infer(request);
      const drafted = response.tokens.length;
      return { ...response, speculation: { draftedTokens: drafted, acceptedTokens: drafted, acceptanceRate: 1 } };
    },
    async warmup(requests) {
      require();
      requireList(requests);
      const from = performance.now();
      const results = [];
      for (const request of requests) results.push(await settled(() => engine.infer(request)));
      const issues = results.flatMap((result) => (result.status === 'error' ? [result.error.message] : []));
      const requestsProcessed = results.length - issues.length;
      const totalTimeMs = performance.now() - from;
      return {
        requestsProcessed,
        totalTimeMs,
        ...(requestsProcessed > 0 ? { avgLatencyMs: totalTimeMs / requestsProcessed } : {}),
        memoryAllocatedBytes: 0,
        success: issues.length === 0,
        issues,
      };
    },
    async reconfigure(config) {
      require();
      if (isDeepStrictEqual(config, engine.config())) return;
      throw new FerrumError('Config', 'A mock cannot change its configuration; open another one.');
    },
    async diagnostics() {
      require();
      return {
        configSnapshot: engine.config(),
        currentMetrics: engine.metrics(),
        resourceUsage: { memoryByComponent: {} },
        performanceAnalysis: { bottlenecks: [], recommendations: [], trends: {} },
        componentDiagnostics: {},
        systemInfo: {
          os: `${platform()} ${arch()}`,
          cpuInfo: cpus()[0]?.model ?? 'unknown',
          totalMemoryBytes: totalmem(),
          devices: ['cpu'],
          runtimeInfo: { engineVersion: '0.0.0', versions: { node: process.versions.node }, featureFlags: features },
        },
      };
    },
    async exportState() {
      require();
      return {
        specificationVersion: '1',
        config: engine.config(),
        metrics: engine.metrics(),
        componentStates: {},
        activeRequests: [...running].map(([request, prompt]) => stateOf(request, prompt)),
        timestamp: new Date(),
      };
    },
    async importState(state) {
      require();
      requireState(state, engine.modelId);
      return state.activeRequests.map(({ requestId, request }) => {
        const end = new AbortController();
        const response = engine.infer({ ...request, signal: end.signal } as InferenceRequest);
        response.catch(() => {});
        return { requestId, response: () => response, cancel: () => end.abort() };
      });
    },
  };
}

function stateOf(source: InferenceRequest, prompt: readonly string[]): EngineState['activeRequests'][number] {
  const { signal: _, ...request } = source;
  const requestId = source.id ?? crypto.randomUUID();
  return {
    requestId,
    request: { ...request, id: requestId },
    state: 'running',
    currentPhase: 'decode',
    promptTokens: prompt.map(idOfWord),
    generatedTokens: [],
    progress: { tokensProcessed: 0, tokensRemaining: prompt.length, elapsedTimeMs: 0 },
    allocatedResources: {},
  };
}

function requireState(state: EngineState, modelId: string): void {
  const isState = state?.specificationVersion === '1' && Array.isArray(state.activeRequests);
  if (isState && state.config?.model?.modelId === modelId) return;
  throw new FerrumError('InvalidParameter', `The state is none of ${modelId}, or it is damaged.`, {
    details: { parameter: 'state' },
  });
}

function requireList(requests: unknown): void {
  if (!Array.isArray(requests)) throw new FerrumError('RequestValidation', 'The requests must be a list.');
}

function withSignal(request: InferenceRequest, signal: AbortSignal): InferenceRequest {
  return { ...request, signal: request.signal ? AbortSignal.any([signal, request.signal]) : signal };
}

async function settled(infer: () => ReturnType<LlmInferenceEngine['infer']>): Promise<InferBatchResult> {
  try {
    return { status: 'ok', response: await infer() };
  } catch (error) {
    return { status: 'error', error: error instanceof Error ? error : new Error(String(error)) };
  }
}
