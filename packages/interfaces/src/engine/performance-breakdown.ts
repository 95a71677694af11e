/** Where time went, in ms summed since the engine opened. */
export interface PerformanceBreakdown {
  readonly tokenizationTimeMs?: number;
  readonly modelExecutionTimeMs?: number;
  readonly samplingTimeMs?: number;
  readonly schedulingTimeMs?: number;
  /** Copying and clearing caches and tensors. */
  readonly memoryOperationsTimeMs?: number;
  readonly otherOverheadTimeMs?: number;
}
