/** Fractions, 0 to 1. */
export interface ResourceMetrics {
  /** Processor time of the process over that of all cores, since the last call. */
  readonly cpuUtilization?: number;
  /** Resident memory of the process over what it may use. */
  readonly memoryUtilization?: number;
  /** Of the accelerator the engine computes on. */
  readonly gpuUtilization?: number;
}
