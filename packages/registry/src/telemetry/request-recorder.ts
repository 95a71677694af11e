import { availableParallelism } from 'node:os';
import type { EngineMetrics, ErrorEvent, FerrumErrorCode, PerformanceBreakdown } from '@ferrum/interfaces';
import type { FerrumError } from '../errors.js';
import { memoryUsage } from './memory-usage.js';
import { mean, percentile, sorted } from './statistics.js';

/** Requests kept for averages and percentiles, and errors kept to be read. */
const kept = { requests: 1000, errors: 20 };

/** A part of the work whose time is taken. */
export type TimedPart = Exclude<keyof PerformanceBreakdown, 'otherOverheadTimeMs'>;

/** Counts what an engine of any modality did; only what was measured is reported. */
export class RequestRecorder {
  #successful = 0;
  #failed = 0;
  #tokens = 0;
  #busyMs = 0;
  /** Requests that got as far as the model. */
  #computed = 0;
  #latenciesMs: number[] = [];
  #queueWaits = 0;
  #queueWaitMs = 0;
  #rejected = 0;
  readonly #errorsByType: Partial<Record<FerrumErrorCode, number>> = {};
  #recentErrors: ErrorEvent[] = [];
  readonly #spent: Partial<Record<TimedPart, number>>;
  #cpu = { usage: process.cpuUsage(), at: performance.now() };
  lastHeartbeat = new Date();
  /** Of the latest run, if it failed. */
  backendError: FerrumError | undefined;

  /** @param parts whose time the engine takes */
  constructor(parts: readonly TimedPart[]) {
    this.#spent = Object.fromEntries(parts.map((part) => [part, 0]));
  }

  addTime(part: TimedPart, ms: number): void {
    this.#spent[part] = (this.#spent[part] ?? 0) + ms;
  }

  /** Work went on for so long, over all requests together. */
  busy(ms: number): void {
    this.#busyMs += ms;
  }

  leftQueue(waitedMs: number): void {
    this.#queueWaits += 1;
    this.#queueWaitMs += waitedMs;
  }

  heartbeat(): void {
    this.lastHeartbeat = new Date();
  }

  /** @param tokens generated, or read by an engine that only reads */
  completed(tokens: number, latencyMs: number): void {
    this.#successful += 1;
    this.#computed += 1;
    this.#tokens += tokens;
    this.#latenciesMs.push(latencyMs);
    if (this.#latenciesMs.length >= 2 * kept.requests) this.#latenciesMs = this.#latenciesMs.slice(-kept.requests);
  }

  /** @param progress tokens counted before, and whether the request got as far as the model */
  failed(
    error: FerrumError,
    requestId: string | undefined,
    progress: { readonly tokens: number; readonly wasComputed: boolean; readonly phase?: string },
  ): void {
    this.#failed += 1;
    if (progress.wasComputed) this.#computed += 1;
    this.#tokens += progress.tokens;
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

  get busyMs(): number {
    return this.#busyMs;
  }

  /** From the call to the result, in ms; undefined before the first. */
  get averageLatencyMs(): number | undefined {
    const latencies = this.#latenciesMs.slice(-kept.requests);
    return latencies.length === 0 ? undefined : mean(latencies);
  }

  metrics(queueLength: number): EngineMetrics {
    const total = this.#successful + this.#failed;
    const latencies = sorted(this.#latenciesMs.slice(-kept.requests));
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
          }
        : {}),
      ...(this.#busyMs > 0
        ? { throughputRps: perBusySecond(this.#computed), tokensPerSecond: perBusySecond(this.#tokens) }
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

  /** Texts are made tokens of beside the runs, so that time is no part of the busy time. */
  #breakdown(): PerformanceBreakdown {
    const { tokenizationTimeMs: _, ...inSteps } = this.#spent;
    const known = Object.values(inSteps).reduce((sum, ms) => sum + ms, 0);
    return { ...this.#spent, otherOverheadTimeMs: Math.max(0, this.#busyMs - known) };
  }
}
