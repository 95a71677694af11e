export interface QueueMetrics {
  readonly currentQueueLength: number;
  /** Of requests that left the queue, in ms. */
  readonly avgQueueWaitTimeMs?: number;
  /** Requests that left the queue per second while there was work. */
  readonly queueThroughputRps?: number;
  /** Refused over submitted requests, 0 to 1. */
  readonly queueRejectionRate?: number;
}
