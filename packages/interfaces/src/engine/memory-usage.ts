/** In bytes. */
export interface MemoryUsage {
  /** What the process may use: the machine's memory, or the container's limit. */
  readonly totalBytes: number;
  /** Resident memory of the process, other engines included. */
  readonly usedBytes: number;
  /** What the process could still take now. */
  readonly freeBytes: number;
  /** Held on an accelerator by this engine. */
  readonly gpuMemoryBytes?: number;
  /** Held in main memory by this engine. */
  readonly cpuMemoryBytes?: number;
  /** Held by its caches, part of the two above. */
  readonly cacheMemoryBytes?: number;
  /** `100 · usedBytes / totalBytes`, 0 when `totalBytes` is 0. */
  readonly utilizationPercent: number;
}
