import { ContinuousBatchEngine } from '../engine/continuous-batch-engine.js';
import { parseEngineOptions } from '../engine/engine-options.js';
import type { Drafter } from '../engine/speculation/speculation.js';
import { presets } from '../sampling/presets.js';
import { FakeRunner, fakeTokenizer, fakeVocabulary } from './fake-model.js';

export interface FakeEngineOptions {
  readonly slots?: number;
  readonly contextLength?: number;
  /** Of the fake cache, 16 bytes a token. */
  readonly maxBlocks?: number;
  readonly prefixCacheBytes?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly runner?: FakeRunner;
  readonly drafter?: Drafter;
  readonly fingerprint?: string;
}

/** The engine over a model that remembers exactly what it was fed. */
export function openFakeEngine(given: FakeEngineOptions = {}): { engine: ContinuousBatchEngine; runner: FakeRunner } {
  const { slots = 4, contextLength = 256, prefixCacheBytes = 1 << 20, drafter } = given;
  const options = parseEngineOptions({ threads: 1, blockSize: 4, ...given.options });
  const runner = given.runner ?? new FakeRunner({ slots, capacity: contextLength });
  const engine = new ContinuousBatchEngine({
    manifest: { reference: 'fake' },
    config: {
      architecture: 'fake',
      vocabularySize: fakeVocabulary,
      hiddenSize: 1,
      layers: 1,
      heads: 2,
      kvHeads: 2,
      headDim: 1,
      contextLength,
    },
    tokenizer: fakeTokenizer,
    template: undefined,
    runner,
    settings: {
      ...options,
      maxRunningRequests: Math.min(options.maxRunningRequests, slots),
      enablePrefixCaching: prefixCacheBytes > 0,
      prefixCacheBytes,
      defaultParams: {},
      presets,
    },
    threads: 1,
    contextLength,
    blockSize: options.blockSize,
    maxBlocks: given.maxBlocks ?? slots * Math.ceil(contextLength / options.blockSize),
    streamBuffer: options.streamBuffer,
    drainTimeoutMs: options.drainTimeoutMs,
    fingerprint: given.fingerprint ?? 'fake-weights',
    features: [],
    openDrafter: async () => {
      if (!drafter) throw new Error('no drafter');
      return { draft: (tokens, count) => drafter.draft(tokens, count), dispose: async () => {} };
    },
  });
  return { engine, runner };
}
