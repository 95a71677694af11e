import { availableParallelism, freemem, totalmem } from 'node:os';
import type {
  DecodeBatchBuckets,
  DecodeBatchMetrics,
  EngineMetrics,
  ErrorEvent,
  ExecutorModelLockMetrics,
  FerrumErrorCode,
  GenerationTiming,
  MemoryUsage,
  PerformanceBreakdown,
} from '@ferrum/interfaces';
import type { FerrumError } from '@ferrum/registry/errors';

/** Requests kept for percentiles and trends, and errors kept to be read. */
const kept = { requests: 1000, errors: 20 };

/** A finished request, for trends. */
export interface FinishedRequest {
  readonly latencyMs: number;
  readonly timeToFirstTokenMs: number;
  readonly tokensPerSecond: number | undefined;
}

/** Counts what an engine did; only what was measured is reported. */
export class EngineRecorder {
  #successful = 0;
  #failed = 0;
  #generatedTokens = 0;
  #busyMs = 0;
  /** Requests that got as far as the model. */
  #computed = 0;
  #finished: FinishedRequest[] = [];
  #tokenGapMs = 0;
  #tokenGaps = 0;
  #queueWaits = 0;
  #queueWaitMs = 0;
  #rejected = 0;
  #modelWaits = 0;
  #modelWaitMs = 0;
  #decodeCalls = 0;
  #decodeRows = 0;
  #maxDecodeRows = 0;
  #lastDecodeRows = 0;
  readonly #buckets = { m1: 0, m2: 0, m3To4: 0, m5To8: 0, m9To16: 0, m17To32: 0, mGt32: 0 };
  readonly #errorsByType: Partial<Record<FerrumErrorCode, number>> = {};
  #recentErrors: ErrorEvent[] = [];
  readonly #spent: Record<keyof PerformanceBreakdown, number> = {
    tokenizationTimeMs: 0,
    modelExecutionTimeMs: 0,
    samplingTimeMs: 0,
    schedulingTimeMs: 0,
    memoryOperationsTimeMs: 0,
    otherOverheadTimeMs: 0,
  };
  #cpu = { usage: process.cpuUsage(), at: performance.now() };
  lastHeartbeat = new Date();
  /** Of the latest run, if it failed. */
  backendError: FerrumError | undefined;

  addTime(part: keyof PerformanceBreakdown, ms: number): void {
    this.#spent[part] += ms;
  }

  /** Work went on for so long, over all requests together. */
  busy(ms: number): void {
    this.#busyMs += ms;
  }

  leftQueue(waitedMs: number): void {
    this.#queueWaits += 1;
    this.#queueWaitMs += waitedMs;
  }

  /** A call had to wait so long for a step to end. */
  waitedForModel(ms: number): void {
    this.#modelWaits += 1;
    this.#modelWaitMs += ms;
  }

  modelLock(): ExecutorModelLockMetrics {
    const samples = this.#modelWaits;
    return {
      schemaVersion: 1,
      samples,
      totalWaitTimeUs: Math.round(1000 * this.#modelWaitMs),
      ...(samples > 0 ? { avgWaitTimeMs: this.#modelWaitMs / samples } : {}),
    };
  }

  heartbeat(): void {
    this.lastHeartbeat = new Date();
  }

  /** A decode run with so many rows. */
  decodeRun(rows: number): void {
    this.#decodeCalls += 1;
    this.#decodeRows += rows;
    this.#maxDecodeRows = Math.max(this.#maxDecodeRows, rows);
    this.#lastDecodeRows = rows;
    this.#buckets[bucketOf(rows)] += 1;
  }

  /** @param gaps between tokens of the same answer: how many, and their sum. */
  succeeded(
    tokens: number,
    timing: GenerationTiming,
    gaps = { count: Math.max(0, tokens - 1), ms: timing.totalMs - timing.timeToFirstTokenMs },
  ): void {
    this.#successful += 1;
    this.#computed += 1;
    this.#generatedTokens += tokens;
    this.#finished.push({
      latencyMs: timing.totalMs,
      timeToFirstTokenMs: timing.timeToFirstTokenMs,
      tokensPerSecond: timing.decodeTokensPerSecond,
    });
    if (this.#finished.length >= 2 * kept.requests) this.#finished = this.#finished.slice(-kept.requests);
    if (gaps.count > 0) {
      this.#tokenGapMs += gaps.ms;
      this.#tokenGaps += gaps.count;
    }
  }

  /** @param progress tokens generated before, and whether the request got as far as the model */
  failed(
    error: FerrumError,
    requestId: string | undefined,
    progress: { readonly tokens: number; readonly wasComputed: boolean; readonly phase?: string },
  ): void {
    this.#failed += 1;
    if (progress.wasComputed) this.#computed += 1;
    this.#generatedTokens += progress.tokens;
    if (error.code === 'ResourceExhausted') this.#rejected += 1;
    this.#errorsByType[error.code] = (this.#errorsByType[error.code] ?? 0) + 1;
    const event: ErrorEvent = {
      timestamp: new Date(),
      errorType: error.code,
      message: error.message,
      ...(requestId === undefined ? {} : { requestId }),
      context: progress.phase === undefined ? {} : { phase: progress.phase },
    };
    this.#recentErrors = [...this.#recentErrors, event].slice(-kept.errors);
  }

  /** Oldest first. */
  get finished(): readonly FinishedRequest[] {
    return this.#finished.slice(-kept.requests);
  }

  get busyMs(): number {
    return this.#busyMs;
  }

  /** From the call to the result, in ms; undefined before the first. */
  get averageLatencyMs(): number | undefined {
    const { finished } = this;
    return finished.length === 0 ? undefined : mean(finished.map(({ latencyMs }) => latencyMs));
  }

  get averageDecodeRows(): number | undefined {
    return this.#decodeCalls === 0 ? undefined : this.#decodeRows / this.#decodeCalls;
  }

  decodeBatch(): DecodeBatchMetrics {
    const average = this.averageDecodeRows;
    return {
      schemaVersion: 1,
      calls: this.#decodeCalls,
      totalItems: this.#decodeRows,
      ...(average === undefined ? {} : { avgItemsPerCall: average }),
      maxItems: this.#maxDecodeRows,
      lastItems: this.#lastDecodeRows,
      // Tokens are chosen here, from all logits of every row.
      forceFullLogitsCalls: this.#decodeCalls,
      bucketCalls: { ...this.#buckets },
    };
  }

  metrics(queueLength: number): EngineMetrics {
    const total = this.#successful + this.#failed;
    const latencies = sorted(this.finished.map(({ latencyMs }) => latencyMs));
    const firstTokens = sorted(this.finished.map(({ timeToFirstTokenMs }) => timeToFirstTokenMs));
    const perBusySecond = (count: number) => (1000 * count) / this.#busyMs;
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
            throughputRps: perBusySecond(this.#computed),
            tokensPerSecond: perBusySecond(this.#generatedTokens),
          }
        : {}),
      queueMetrics: {
        currentQueueLength: queueLength,
        ...(this.#queueWaits > 0 ? { avgQueueWaitTimeMs: this.#queueWaitMs / this.#queueWaits } : {}),
        ...(this.#queueWaits > 0 && this.#busyMs > 0 ? { queueThroughputRps: perBusySecond(this.#queueWaits) } : {}),
        ...(total > 0 ? { queueRejectionRate: this.#rejected / total } : {}),
      },
      resourceUtilization: {
        ...this.#cpuUtilization(),
        memoryUtilization: memoryUsage().utilizationPercent / 100,
      },
      errorStats: {
        totalErrors: this.#failed,
        errorsByType: { ...this.#errorsByType },
        errorRate: total === 0 ? 0 : this.#failed / total,
        recentErrors: [...this.#recentErrors],
      },
      performanceBreakdown: this.#breakdown(),
    };
  }

  #cpuUtilization(): { readonly cpuUtilization?: number } {
    const at = performance.now();
    const elapsedMs = at - this.#cpu.at;
    // Too short a time says nothing.
    if (elapsedMs < 1) return {};
    const { user, system } = process.cpuUsage(this.#cpu.usage);
    this.#cpu = { usage: process.cpuUsage(), at };
    return { cpuUtilization: Math.min(1, (user + system) / 1000 / elapsedMs / availableParallelism()) };
  }

  #breakdown(): PerformanceBreakdown {
    const { tokenizationTimeMs, otherOverheadTimeMs: _, ...inSteps } = this.#spent;
    const known = Object.values(inSteps).reduce((sum, ms) => sum + ms, 0);
    return { ...inSteps, tokenizationTimeMs, otherOverheadTimeMs: Math.max(0, this.#busyMs - known) };
  }
}

function bucketOf(rows: number): keyof DecodeBatchBuckets {
  if (rows <= 1) return 'm1';
  if (rows <= 2) return 'm2';
  if (rows <= 4) return 'm3To4';
  if (rows <= 8) return 'm5To8';
  if (rows <= 16) return 'm9To16';
  return rows <= 32 ? 'm17To32' : 'mGt32';
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

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nearest rank, of sorted values. */
function percentile(values: readonly number[], share: number): number {
  return values[Math.max(0, Math.ceil(share * values.length) - 1)] as number;
}
