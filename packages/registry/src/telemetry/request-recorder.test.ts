import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FerrumError } from '../errors.js';
import { RequestRecorder } from './request-recorder.js';

const nothing = { tokens: 0, wasComputed: false };
const failure = (message = 'no') => new FerrumError('RequestValidation', message);
const newRecorder = () => new RequestRecorder(['tokenizationTimeMs', 'modelExecutionTimeMs']);

function recordedLatencies(latencies: readonly number[]): RequestRecorder {
  const recorder = newRecorder();
  for (const ms of latencies) recorder.completed(1, ms);
  return recorder;
}

describe('RequestRecorder', () => {
  it('reports nothing that was not measured', () => {
    const recorder = newRecorder();
    expect(recorder.metrics(3)).toEqual({
      totalRequests: 0,
      successfulRequests: 0,
      failedRequests: 0,
      queueMetrics: { currentQueueLength: 3 },
      resourceUtilization: expect.objectContaining({ memoryUtilization: expect.any(Number) }),
      errorStats: { totalErrors: 0, errorsByType: {}, errorRate: 0, recentErrors: [] },
      // The parts whose time the engine takes, and no others.
      performanceBreakdown: { tokenizationTimeMs: 0, modelExecutionTimeMs: 0, otherOverheadTimeMs: 0 },
    });
    expect(recorder.averageLatencyMs).toBeUndefined();
    expect(recorder.backendError).toBeUndefined();
  });

  it('has latencies of successes only', () => {
    const recorder = newRecorder();
    recorder.failed(failure(), undefined, { tokens: 5, wasComputed: true });
    expect(recorder.metrics(0)).not.toHaveProperty('avgRequestLatencyMs');
    recorder.completed(1, 12);
    expect(recorder.metrics(0)).toMatchObject({ avgRequestLatencyMs: 12, p99RequestLatencyMs: 12 });
    expect(recorder.averageLatencyMs).toBe(12);
  });

  it('gives percentiles by nearest rank', () => {
    // 1 to 100 in another order: the nearest rank of share p is the number 100 · p itself.
    const metrics = recordedLatencies(Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1)).metrics(0);
    expect(metrics).toMatchObject({ p50RequestLatencyMs: 50, p95RequestLatencyMs: 95, p99RequestLatencyMs: 99 });
    expect(metrics).toMatchObject({ avgRequestLatencyMs: 50.5 });
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

  it('forgets latencies older than those of the last thousand successes', () => {
    const latencies = [...Array<number>(1000).fill(1), ...Array<number>(1000).fill(3)];
    const recorder = recordedLatencies(latencies);
    expect(recorder.metrics(0)).toMatchObject({ totalRequests: 2000, avgRequestLatencyMs: 3 });
    expect(recorder.averageLatencyMs).toBe(3);
  });

  it('counts rates over the time in which there was work, failed requests that computed included', () => {
    const recorder = newRecorder();
    recorder.leftQueue(1);
    recorder.completed(11, 600);
    recorder.completed(6, 300);
    expect(recorder.metrics(0)).not.toHaveProperty('throughputRps');
    expect(recorder.metrics(0)).not.toHaveProperty('tokensPerSecond');
    expect(recorder.metrics(0).queueMetrics).not.toHaveProperty('queueThroughputRps');
    recorder.busy(300);
    recorder.busy(200);
    recorder.failed(failure(), 'a', { tokens: 3, wasComputed: true });
    recorder.failed(failure(), 'b', nothing);
    expect(recorder.busyMs).toBe(500);
    expect(recorder.metrics(0)).toMatchObject({
      totalRequests: 4,
      successfulRequests: 2,
      failedRequests: 2,
      // 3 requests and 20 tokens in half a second.
      throughputRps: 6,
      tokensPerSecond: 40,
      queueMetrics: { queueThroughputRps: 2 },
    });
  });

  it('averages the waits in the queue, and counts those it turned away', () => {
    const recorder = newRecorder();
    recorder.leftQueue(10);
    recorder.leftQueue(30);
    recorder.completed(1, 1);
    recorder.completed(1, 1);
    recorder.failed(failure(), undefined, nothing);
    recorder.failed(new FerrumError('ResourceExhausted', 'the queue is full'), undefined, nothing);
    expect(recorder.metrics(2).queueMetrics).toEqual({
      currentQueueLength: 2,
      avgQueueWaitTimeMs: 20,
      queueRejectionRate: 0.25,
    });
  });

  it('counts errors by their code and keeps the last twenty', () => {
    const recorder = newRecorder();
    recorder.completed(1, 1);
    for (let i = 0; i < 24; i++) recorder.failed(failure(`error ${i}`), `request ${i}`, nothing);
    recorder.failed(new FerrumError('Cancelled', 'left'), undefined, { tokens: 2, wasComputed: true, phase: 'decode' });
    const { errorStats } = recorder.metrics(0);
    expect(errorStats).toMatchObject({
      totalErrors: 25,
      errorsByType: { RequestValidation: 24, Cancelled: 1 },
      errorRate: 25 / 26,
    });
    expect(errorStats.recentErrors).toHaveLength(20);
    expect(errorStats.recentErrors[0]).toMatchObject({ message: 'error 5', requestId: 'request 5', context: {} });
    expect(errorStats.recentErrors.at(-1)).toMatchObject({
      errorType: 'Cancelled',
      message: 'left',
      context: { phase: 'decode' },
    });
    expect(errorStats.recentErrors.at(-1)).not.toHaveProperty('requestId');
  });

  it('hands out snapshots that later events do not change', () => {
    const recorder = newRecorder();
    recorder.failed(failure(), undefined, nothing);
    const before = recorder.metrics(0);
    const copy = structuredClone(before);
    recorder.addTime('modelExecutionTimeMs', 5);
    recorder.failed(failure(), undefined, nothing);
    expect(before).toEqual(copy);
    expect(recorder.metrics(0).performanceBreakdown.modelExecutionTimeMs).toBe(5);
  });

  it('sums where time went', () => {
    const recorder = new RequestRecorder(['tokenizationTimeMs', 'modelExecutionTimeMs', 'samplingTimeMs']);
    recorder.addTime('tokenizationTimeMs', 1);
    recorder.addTime('modelExecutionTimeMs', 20);
    recorder.addTime('modelExecutionTimeMs', 30);
    recorder.busy(60);
    expect(recorder.metrics(0).performanceBreakdown).toEqual({
      tokenizationTimeMs: 1,
      modelExecutionTimeMs: 50,
      samplingTimeMs: 0,
      // What of the busy time went into none of these; tokenizing is done before.
      otherOverheadTimeMs: 10,
    });
  });

  it('never has less than no overhead, when runs overlap', () => {
    const recorder = newRecorder();
    recorder.addTime('modelExecutionTimeMs', 90);
    recorder.busy(60);
    expect(recorder.metrics(0).performanceBreakdown.otherOverheadTimeMs).toBe(0);
  });
});
