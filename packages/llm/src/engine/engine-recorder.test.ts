import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { EngineRecorder } from './engine-recorder.js';

const nothing = { tokens: 0, wasComputed: false };
const failure = () => new FerrumError('RequestValidation', 'no');

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

  it('gives the 95th percentile of the times to the first token by nearest rank', () => {
    const recorder = new EngineRecorder();
    // 1 to 100 in another order.
    for (let i = 0; i < 100; i++) recorder.succeeded(1, { timeToFirstTokenMs: ((i * 37) % 100) + 1, totalMs: 200 });
    expect(recorder.metrics(0)).toMatchObject({ avgTimeToFirstTokenMs: 50.5, p95TimeToFirstTokenMs: 95 });
  });

  it('forgets all times older than the last thousand answers', () => {
    const recorder = new EngineRecorder();
    for (let i = 0; i < 2000; i++) {
      const totalMs = i < 1000 ? 2 : 6;
      recorder.succeeded(1, { timeToFirstTokenMs: totalMs / 2, totalMs });
    }
    expect(recorder.metrics(0)).toMatchObject({
      totalRequests: 2000,
      avgRequestLatencyMs: 6,
      avgTimeToFirstTokenMs: 3,
    });
    expect(recorder.finished).toHaveLength(1000);
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
