import type { EngineConfig } from '@ferrum/interfaces';
import type { EngineSettings } from './engine-settings.js';
import { defaultMaxTokens } from './request.js';

export interface FixedSizes {
  /** Rows of a run. */
  readonly slots: number;
  readonly dtype: 'float32' | 'float16' | 'int8';
  readonly blockSize: number;
  readonly maxBlocks: number;
}

/** The parts of a configuration that say how requests are scheduled, sampled and kept; a copy. */
export function describeSettings(
  settings: EngineSettings,
  { slots, dtype, blockSize, maxBlocks }: FixedSizes,
): Omit<EngineConfig, 'model' | 'backend'> {
  return structuredClone({
    scheduler: {
      policy: settings.policy,
      maxWaitingRequests: settings.maxWaitingRequests,
      maxRunningRequests: settings.maxRunningRequests,
      enablePreemption: settings.enablePreemption,
      priorityAgingMs: settings.priorityAgingMs,
      fairShareWeights: settings.fairShareWeights,
      prefillStepChunk: settings.prefillChunk,
      activeDecodePrefillChunk: settings.activeDecodePrefillChunk,
    },
    sampling: {
      defaultParams: {
        maxTokens: defaultMaxTokens,
        temperature: 1,
        topP: 1,
        repetitionPenalty: 1,
        presencePenalty: 0,
        frequencyPenalty: 0,
        stopSequences: [],
        ignoreEos: false,
        responseFormat: { type: 'text' as const },
        ...settings.defaultParams,
      },
      presets: settings.presets,
    },
    kvCache: {
      cacheType: 'contiguous' as const,
      dtype,
      blockSize,
      maxBlocks,
      enablePrefixCaching: settings.enablePrefixCaching,
      prefixCacheBytes: settings.prefixCacheBytes,
    },
    batching: { maxBatchSize: slots, enableContinuous: true, maxNumBatchedTokens: settings.maxBatchedTokens },
  });
}
