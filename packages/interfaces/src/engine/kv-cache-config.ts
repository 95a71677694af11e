import type { DataType } from './data-type.js';

export interface KvCacheConfig {
  /** Default `contiguous`. */
  readonly cacheType: 'contiguous' | 'paged' | 'tree';
  /** Default `float32`. */
  readonly dtype: Extract<DataType, 'float32' | 'float16' | 'bfloat16' | 'float8' | 'int8'>;
  /** Tokens per block. Default 16. */
  readonly blockSize?: number;
  /** Default 2048. */
  readonly maxBlocks?: number;
  /** Default false. */
  readonly enableCompression?: boolean;
  /** Compressed over plain size, in (0, 1]. Default 0.5. */
  readonly compressionRatio?: number;
  /** Whether blocks may move to slower memory. Default true. */
  readonly enableMultiLevel?: boolean;
  /** Fraction of blocks in use at which they move, in (0, 1]. Default 0.8. */
  readonly swapThreshold?: number;
  /** Whether the KV of earlier prompts is used again. Default true. */
  readonly enablePrefixCaching?: boolean;
  /** Prefixes kept. Default 100. */
  readonly prefixCacheSize?: number;
  /** Memory that the KV of earlier prompts may take, in bytes. */
  readonly prefixCacheBytes?: number;
}
