import type {
  DecodeBatchBuckets,
  DecodeBatchMetrics,
  EngineMetrics,
  ExecutorModelLockMetrics,
  GenerationTiming,
} from '@ferrum/interfaces';
import { mean, percentile, RequestRecorder, sorted } from '@ferrum/registry/telemetry';

/** Requests kept for percentiles and trends. */
const kept = 1000;

/** A finished request, for trends. */
export interface FinishedRequest {
  readonly latencyMs: number;
  readonly timeToFirstTokenMs: number;
  readonly tokensPerSecond: number | undefined;
}

/** Counts what an engine that generates did: beside what is true of any, its tokens one by one. */
export class EngineRecorder extends RequestRecorder {
  #finished: FinishedRequest[] = [];
  #tokenGapMs = 0;
  #tokenGaps = 0;
  #modelWaits = 0;
  #modelWaitMs = 0;
  #decodeCalls = 0;
  #decodeRows = 0;
  #maxDecodeRows = 0;
  #lastDecodeRows = 0;
  readonly #buckets = { m1: 0, m2: 0, m3To4: 0, m5To8: 0, m9To16: 0, m17To32: 0, mGt32: 0 };

  constructor() {
    super([
      'tokenizationTimeMs',
      'modelExecutionTimeMs',
      'samplingTimeMs',
      'schedulingTimeMs',
      'memoryOperationsTimeMs',
    ]);
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
    this.completed(tokens, timing.totalMs);
    this.#finished.push({
      latencyMs: timing.totalMs,
      timeToFirstTokenMs: timing.timeToFirstTokenMs,
      tokensPerSecond: timing.decodeTokensPerSecond,
    });
    if (this.#finished.length >= 2 * kept) this.#finished = this.#finished.slice(-kept);
    if (gaps.count > 0) {
      this.#tokenGapMs += gaps.ms;
      this.#tokenGaps += gaps.count;
    }
  }

  /** Oldest first. */
  get finished(): readonly FinishedRequest[] {
    return this.#finished.slice(-kept);
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

  override metrics(queueLength: number): EngineMetrics {
    const firstTokens = sorted(this.finished.map(({ timeToFirstTokenMs }) => timeToFirstTokenMs));
    return {
      ...super.metrics(queueLength),
      ...(firstTokens.length > 0
        ? { avgTimeToFirstTokenMs: mean(firstTokens), p95TimeToFirstTokenMs: percentile(firstTokens, 0.95) }
        : {}),
      ...(this.#tokenGaps > 0 ? { avgInterTokenLatencyMs: this.#tokenGapMs / this.#tokenGaps } : {}),
    };
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
