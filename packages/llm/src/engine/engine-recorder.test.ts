import { totalmem } from 'node:os';
import { FerrumError } from '@ferrum/registry/errors';
import { memoryUsage } from '@ferrum/registry/telemetry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineRecorder } from './engine-recorder.js';

const nothing = { tokens: 0, wasComputed: false };
const failure = (message = 'no') => new FerrumError('RequestValidation', message);

function recordedLatencies(latencies: readonly number[]): EngineRecorder {
  const recorder = new EngineRecorder();
  for (const ms of latencies) recorder.succeeded(1, { timeToFirstTokenMs: ms / 2, totalMs: ms });
  return recorder;
}

describe('EngineRecorder', () => {
  it('reports nothing that was not measured', () => {
    const metrics = new EngineRecorder().metrics(3);
    expect(metrics).toEqual({
      totalRequests: 0,
      successfulRequests: 0,
      failedRequests: 0,
      queueMetrics: { currentQueueLength: 3 },
      resourceUtilization: expect.objectContaining({ memoryUtilization: expect.any(Number) }),
      errorStats: { totalErrors: 0, errorsByType: {}, errorRate: 0, recentErrors: [] },
      performanceBreakdown: {
        tokenizationTimeMs: 0,
        modelExecutionTimeMs: 0,
        samplingTimeMs: 0,
        schedulingTimeMs: 0,
        memoryOperationsTimeMs: 0,
        otherOverheadTimeMs: 0,
      },
    });
  });

  it('has latencies of answers only, and no gap between the tokens of an answer of one', () => {
    const recorder = new EngineRecorder();
    recorder.failed(failure(), undefined, nothing);
    expect(recorder.metrics(0)).not.toHaveProperty('avgRequestLatencyMs');
    expect(recorder.metrics(0)).not.toHaveProperty('tokensPerSecond');
    recorder.succeeded(1, { timeToFirstTokenMs: 10, totalMs: 12 });
    expect(recorder.metrics(0)).toMatchObject({ avgRequestLatencyMs: 12, avgTimeToFirstTokenMs: 10 });
    expect(recorder.metrics(0)).not.toHaveProperty('avgInterTokenLatencyMs');
  });

  it('gives percentiles by nearest rank', () => {
    // 1 to 100 in another order: the nearest rank of share p is the number 100 · p itself.
    const metrics = recordedLatencies(Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1)).metrics(0);
    expect(metrics).toMatchObject({ p50RequestLatencyMs: 50, p95RequestLatencyMs: 95, p99RequestLatencyMs: 99 });
    expect(metrics).toMatchObject({ p95TimeToFirstTokenMs: 47.5, avgRequestLatencyMs: 50.5 });
    expect(recordedLatencies([7]).metrics(0)).toMatchObject({ p50RequestLatencyMs: 7, p99RequestLatencyMs: 7 });
    expect(recordedLatencies([30, 10, 20]).metrics(0)).toMatchObject({
      p50RequestLatencyMs: 20,
      p95RequestLatencyMs: 30,
    });
  });

  it('gives the smallest latency that so many of them do not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 }), (latencies) => {
        const metrics = recordedLatencies(latencies).metrics(0);
        for (const [percent, value] of [
          [50, metrics.p50RequestLatencyMs],
          [95, metrics.p95RequestLatencyMs],
          [99, metrics.p99RequestLatencyMs],
        ] as const) {
          const smallest = latencies
            .filter((limit) => 100 * latencies.filter((ms) => ms <= limit).length >= percent * latencies.length)
            .reduce((a, b) => Math.min(a, b));
          expect(value).toBe(smallest);
        }
      }),
    );
  });

  it('forgets latencies older than the last thousand answers', () => {
    const latencies = [...Array<number>(1000).fill(1), ...Array<number>(1000).fill(3)];
    expect(recordedLatencies(latencies).metrics(0)).toMatchObject({ totalRequests: 2000, avgRequestLatencyMs: 3 });
  });

  it('counts rates over the time in which there was work, failed requests that computed included', () => {
    const recorder = new EngineRecorder();
    recorder.succeeded(11, { timeToFirstTokenMs: 100, totalMs: 600 });
    recorder.succeeded(6, { timeToFirstTokenMs: 50, totalMs: 300 });
    recorder.busy(1000);
    recorder.failed(failure(), 'a', { tokens: 3, wasComputed: true });
    recorder.failed(failure(), 'b', nothing);
    expect(recorder.metrics(0)).toMatchObject({
      totalRequests: 4,
      successfulRequests: 2,
      failedRequests: 2,
      // 500 ms over 10 gaps and 250 ms over 5.
      avgInterTokenLatencyMs: 50,
      // 3 requests and 20 tokens in one second.
      throughputRps: 3,
      tokensPerSecond: 20,
    });
  });

  it('averages the waits in the queue, and counts those it turned away', () => {
    const recorder = new EngineRecorder();
    recorder.leftQueue(10);
    recorder.leftQueue(30);
    recorder.succeeded(1, { timeToFirstTokenMs: 1, totalMs: 1 });
    recorder.succeeded(1, { timeToFirstTokenMs: 1, totalMs: 1 });
    recorder.failed(failure(), undefined, nothing);
    recorder.failed(new FerrumError('ResourceExhausted', 'the queue is full'), undefined, nothing);
    expect(recorder.metrics(2).queueMetrics).toEqual({
      currentQueueLength: 2,
      avgQueueWaitTimeMs: 20,
      queueRejectionRate: 0.25,
    });
  });

  it('counts errors by their code and keeps the last twenty', () => {
    const recorder = new EngineRecorder();
    recorder.succeeded(1, { timeToFirstTokenMs: 1, totalMs: 1 });
    for (let i = 0; i < 24; i++) recorder.failed(failure(`error ${i}`), `request ${i}`, nothing);
    recorder.failed(new FerrumError('Cancelled', 'left'), undefined, { tokens: 2, wasComputed: true });
    const { errorStats } = recorder.metrics(0);
    expect(errorStats).toMatchObject({
      totalErrors: 25,
      errorsByType: { RequestValidation: 24, Cancelled: 1 },
      errorRate: 25 / 26,
    });
    expect(errorStats.recentErrors).toHaveLength(20);
    expect(errorStats.recentErrors[0]).toMatchObject({ message: 'error 5', requestId: 'request 5' });
    expect(errorStats.recentErrors.at(-1)).toMatchObject({ errorType: 'Cancelled', message: 'left' });
    expect(errorStats.recentErrors.at(-1)).not.toHaveProperty('requestId');
  });

  it('hands out snapshots that later events do not change', () => {
    const recorder = new EngineRecorder();
    recorder.failed(failure(), undefined, nothing);
    const before = recorder.metrics(0);
    const copy = structuredClone(before);
    recorder.addTime('samplingTimeMs', 5);
    recorder.failed(failure(), undefined, nothing);
    expect(before).toEqual(copy);
    expect(recorder.metrics(0).performanceBreakdown.samplingTimeMs).toBe(5);
  });

  it('sums where time went', () => {
    const recorder = new EngineRecorder();
    recorder.addTime('tokenizationTimeMs', 1);
    recorder.addTime('modelExecutionTimeMs', 20);
    recorder.addTime('modelExecutionTimeMs', 30);
    recorder.busy(60);
    expect(recorder.metrics(0).performanceBreakdown).toEqual({
      tokenizationTimeMs: 1,
      modelExecutionTimeMs: 50,
      samplingTimeMs: 0,
      schedulingTimeMs: 0,
      memoryOperationsTimeMs: 0,
      // What of the busy time went into none of these; tokenizing is done before.
      otherOverheadTimeMs: 10,
    });
  });

  it('counts decode runs by their rows', () => {
    const recorder = new EngineRecorder();
    for (const rows of [1, 2, 3, 8, 9, 32, 33, 4]) recorder.decodeRun(rows);
    expect(recorder.decodeBatch()).toEqual({
      schemaVersion: 1,
      calls: 8,
      totalItems: 92,
      avgItemsPerCall: 11.5,
      maxItems: 33,
      lastItems: 4,
      forceFullLogitsCalls: 8,
      bucketCalls: { m1: 1, m2: 1, m3To4: 2, m5To8: 1, m9To16: 1, m17To32: 1, mGt32: 1 },
    });
  });
});

describe('memoryUsage', () => {
  it('stays within what the machine has', () => {
    const { totalBytes, usedBytes, freeBytes, utilizationPercent } = memoryUsage();
    expect(totalBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeLessThanOrEqual(totalmem());
    expect(usedBytes).toBeGreaterThan(0);
    expect(usedBytes + freeBytes).toBeLessThanOrEqual(totalBytes);
    expect(utilizationPercent).toBeCloseTo((100 * usedBytes) / totalBytes);
  });
});
