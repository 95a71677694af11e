import type { ErrorStats } from './error-stats.js';
import type { PerformanceBreakdown } from './performance-breakdown.js';
import type { QueueMetrics } from './queue-metrics.js';
import type { ResourceMetrics } from './resource-metrics.js';

/** Counted since the engine opened. A measure is absent where the engine does not take it or has nothing to take it from. */
export interface EngineMetrics {
  /** Finished ones; `successfulRequests + failedRequests`. */
  readonly totalRequests: number;
  readonly successfulRequests: number;
  /** Cancelled ones included. */
  readonly failedRequests: number;
  /** From the call to the result, in ms. */
  readonly avgRequestLatencyMs?: number;
  readonly p50RequestLatencyMs?: number;
  readonly p95RequestLatencyMs?: number;
  readonly p99RequestLatencyMs?: number;
  /** From the call to the first token, in ms. */
  readonly avgTimeToFirstTokenMs?: number;
  readonly p95TimeToFirstTokenMs?: number;
  /** Between two tokens of one request, in ms. */
  readonly avgInterTokenLatencyMs?: number;
  /** Requests finished per second while there was work. */
  readonly throughputRps?: number;
  /** Tokens generated (embedding: read) per second while there was work, over all requests. */
  readonly tokensPerSecond?: number;
  readonly queueMetrics?: QueueMetrics;
  readonly resourceUtilization: ResourceMetrics;
  readonly errorStats: ErrorStats;
  readonly performanceBreakdown: PerformanceBreakdown;
}
