import { totalmem } from 'node:os';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineRecorder, memoryUsage } from './engine-recorder.js';

const failure = (message = 'no') => new FerrumError('RequestValidation', message);

function recordedLatencies(latencies: readonly number[]): EngineRecorder {
  const recorder = new EngineRecorder();
  for (const ms of latencies) recorder.succeeded(1, { timeToFirstTokenMs: ms / 2, totalMs: ms }, 1);
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
      resourceUtilization: { memoryUtilization: expect.any(Number) },
      errorStats: { totalErrors: 0, errorsByType: {}, errorRate: 0, recentErrors: [] },
      performanceBreakdown: { tokenizationTimeMs: 0, modelExecutionTimeMs: 0, samplingTimeMs: 0 },
    });
  });

  it('has latencies of answers only, and no gap between the tokens of an answer of one', () => {
    const recorder = new EngineRecorder();
    recorder.failed(failure(), undefined, 0, 0);
    expect(recorder.metrics(0)).not.toHaveProperty('avgRequestLatencyMs');
    expect(recorder.metrics(0)).not.toHaveProperty('tokensPerSecond');
    recorder.succeeded(1, { timeToFirstTokenMs: 10, totalMs: 12 }, 12);
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
    recorder.succeeded(11, { timeToFirstTokenMs: 100, totalMs: 600 }, 500);
    recorder.succeeded(6, { timeToFirstTokenMs: 50, totalMs: 300 }, 300);
    recorder.failed(failure(), 'a', 3, 200);
    recorder.failed(failure(), 'b', 0, 0);
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
    recorder.succeeded(1, { timeToFirstTokenMs: 1, totalMs: 1 }, 1);
    recorder.succeeded(1, { timeToFirstTokenMs: 1, totalMs: 1 }, 1);
    recorder.failed(failure(), undefined, 0, 0);
    recorder.failed(new FerrumError('ResourceExhausted', 'the queue is full'), undefined, 0, 0);
    expect(recorder.metrics(2).queueMetrics).toEqual({
      currentQueueLength: 2,
      avgQueueWaitTimeMs: 20,
      queueRejectionRate: 0.25,
    });
  });

  it('counts errors by their code and keeps the last twenty', () => {
    const recorder = new EngineRecorder();
    recorder.succeeded(1, { timeToFirstTokenMs: 1, totalMs: 1 }, 1);
    for (let i = 0; i < 24; i++) recorder.failed(failure(`error ${i}`), `request ${i}`, 0, 0);
    recorder.failed(new FerrumError('Cancelled', 'left'), undefined, 2, 5);
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
    recorder.failed(failure(), undefined, 0, 0);
    const before = recorder.metrics(0);
    const copy = structuredClone(before);
    recorder.addTime('samplingTimeMs', 5);
    recorder.failed(failure(), undefined, 0, 0);
    expect(before).toEqual(copy);
    expect(recorder.metrics(0).performanceBreakdown.samplingTimeMs).toBe(5);
  });

  it('sums where time went', () => {
    const recorder = new EngineRecorder();
    recorder.addTime('tokenizationTimeMs', 1);
    recorder.addTime('modelExecutionTimeMs', 20);
    recorder.addTime('modelExecutionTimeMs', 30);
    expect(recorder.metrics(0).performanceBreakdown).toEqual({
      tokenizationTimeMs: 1,
      modelExecutionTimeMs: 50,
      samplingTimeMs: 0,
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
