import { freemem, totalmem } from 'node:os';
import type { EngineMetrics, ErrorEvent, FerrumErrorCode, GenerationTiming, MemoryUsage } from '@ferrum/interfaces';
import type { FerrumError } from '@ferrum/registry/errors';

/** Latencies kept for percentiles, and errors kept to be read. */
const kept = { latencies: 1000, errors: 20 };

/** Counts what an engine did; only what was measured is reported. */
export class EngineRecorder {
  #successful = 0;
  #failed = 0;
  #generatedTokens = 0;
  #busyMs = 0;
  /** Requests that got as far as the model. */
  #computed = 0;
  #latencies: number[] = [];
  #firstTokens: number[] = [];
  #tokenGapMs = 0;
  #tokenGaps = 0;
  #queueWaits = 0;
  #queueWaitMs = 0;
  #rejected = 0;
  readonly #errorsByType: Partial<Record<FerrumErrorCode, number>> = {};
  #recentErrors: ErrorEvent[] = [];
  #spent = { tokenizationTimeMs: 0, modelExecutionTimeMs: 0, samplingTimeMs: 0 };
  lastHeartbeat = new Date();

  addTime(part: 'tokenizationTimeMs' | 'modelExecutionTimeMs' | 'samplingTimeMs', ms: number): void {
    this.#spent[part] += ms;
  }

  leftQueue(waitedMs: number): void {
    this.#queueWaits += 1;
    this.#queueWaitMs += waitedMs;
  }

  heartbeat(): void {
    this.lastHeartbeat = new Date();
  }

  succeeded(tokens: number, timing: GenerationTiming, busyMs: number): void {
    this.#successful += 1;
    this.#computed += 1;
    this.#generatedTokens += tokens;
    this.#busyMs += busyMs;
    this.#latencies = [...this.#latencies, timing.totalMs].slice(-kept.latencies);
    this.#firstTokens = [...this.#firstTokens, timing.timeToFirstTokenMs].slice(-kept.latencies);
    if (tokens > 1) {
      this.#tokenGapMs += timing.totalMs - timing.timeToFirstTokenMs;
      this.#tokenGaps += tokens - 1;
    }
  }

  failed(error: FerrumError, requestId: string | undefined, tokens: number, busyMs: number): void {
    this.#failed += 1;
    if (busyMs > 0) this.#computed += 1;
    this.#generatedTokens += tokens;
    this.#busyMs += busyMs;
    if (error.code === 'ResourceExhausted') this.#rejected += 1;
    this.#errorsByType[error.code] = (this.#errorsByType[error.code] ?? 0) + 1;
    const event = { timestamp: new Date(), errorType: error.code, message: error.message, context: {} };
    this.#recentErrors = [...this.#recentErrors, requestId ? { ...event, requestId } : event].slice(-kept.errors);
  }

  metrics(queueLength: number): EngineMetrics {
    const total = this.#successful + this.#failed;
    const latencies = [...this.#latencies].sort((a, b) => a - b);
    const firstTokens = [...this.#firstTokens].sort((a, b) => a - b);
    return {
      totalRequests: total,
      successfulRequests: this.#successful,
      failedRequests: this.#failed,
      ...(latencies.length > 0
        ? {
            avgRequestLatencyMs: mean(latencies),
            p50RequestLatencyMs: percentile(latencies, 0.5),
            p95RequestLatencyMs: percentile(latencies, 0.95),
            p99RequestLatencyMs: percentile(latencies, 0.99),
            avgTimeToFirstTokenMs: mean(firstTokens),
            p95TimeToFirstTokenMs: percentile(firstTokens, 0.95),
          }
        : {}),
      ...(this.#tokenGaps > 0 ? { avgInterTokenLatencyMs: this.#tokenGapMs / this.#tokenGaps } : {}),
      ...(this.#busyMs > 0
        ? {
            throughputRps: (1000 * this.#computed) / this.#busyMs,
            tokensPerSecond: (1000 * this.#generatedTokens) / this.#busyMs,
          }
        : {}),
      queueMetrics: {
        currentQueueLength: queueLength,
        ...(this.#queueWaits > 0 ? { avgQueueWaitTimeMs: this.#queueWaitMs / this.#queueWaits } : {}),
        ...(total > 0 ? { queueRejectionRate: this.#rejected / total } : {}),
      },
      resourceUtilization: { memoryUtilization: memoryUsage().utilizationPercent / 100 },
      errorStats: {
        totalErrors: this.#failed,
        errorsByType: { ...this.#errorsByType },
        errorRate: total === 0 ? 0 : this.#failed / total,
        recentErrors: [...this.#recentErrors],
      },
      performanceBreakdown: { ...this.#spent },
    };
  }
}

/** Of the process, within what the machine or the container allows. */
export function memoryUsage(): MemoryUsage {
  const limit = process.constrainedMemory();
  const totalBytes = limit > 0 && limit < totalmem() ? limit : totalmem();
  const usedBytes = process.memoryUsage.rss();
  return {
    totalBytes,
    usedBytes,
    freeBytes: Math.min(freemem(), Math.max(0, totalBytes - usedBytes)),
    utilizationPercent: (100 * usedBytes) / totalBytes,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nearest rank, of sorted values. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}
