export interface WarmupResult {
  /** Those that succeeded. */
  readonly requestsProcessed: number;
  readonly totalTimeMs: number;
  /** Per processed request; absent when there was none. */
  readonly avgLatencyMs?: number;
  /** By how much resident memory grew; 0 when it did not. */
  readonly memoryAllocatedBytes: number;
  /** True when every request succeeded. */
  readonly success: boolean;
  /** What went wrong, a sentence each. */
  readonly issues: readonly string[];
}
