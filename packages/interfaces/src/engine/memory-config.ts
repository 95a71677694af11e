export interface MemoryConfig {
  /** Memory the engine takes for buffers at most, in bytes. Default: no limit. */
  readonly poolSizeBytes?: number;
  /** Whether freed buffers are kept for the next run. Default true. */
  readonly enablePooling?: boolean;
  /** Of buffers, in bytes. Default 256. */
  readonly alignmentBytes?: number;
  /** Default false. */
  readonly enableDefragmentation?: boolean;
  /** Fraction of the pool lost to gaps at which it is compacted, in (0, 1]. Default 0.7. */
  readonly defragmentationThreshold?: number;
  /** Default true. */
  readonly enableMemoryStats?: boolean;
  /** Fraction of memory in use at which health turns to `warning`, in (0, 1]. Default 0.8. */
  readonly pressureWarningThreshold?: number;
  /** The same for `unhealthy`. Default 0.95. */
  readonly pressureCriticalThreshold?: number;
}
