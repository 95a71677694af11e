import { describe, expect, it } from 'vitest';
import { FerrumError } from '../errors.js';
import { EngineLife, type EngineLifeOptions } from './engine-life.js';

function life(options: Partial<EngineLifeOptions> = {}): EngineLife {
  return new EngineLife({
    manifest: { reference: 'hf:somebody/voice', name: 'voice' },
    version: '1.2.3',
    what: 'Speaking',
    maxRequests: 2,
    drainTimeoutMs: 1000,
    timedParts: ['modelExecutionTimeMs'],
    dispose: async () => {},
    ...options,
  });
}

/** Work that goes on until the test ends it, or its signal fires. */
function openWork() {
  let end = (_tokens: number) => {};
  let signal: AbortSignal | undefined;
  const work = (given: AbortSignal) => {
    signal = given;
    return new Promise<number>((resolve, reject) => {
      end = resolve;
      given.addEventListener('abort', () => reject(new FerrumError('Cancelled', String(given.reason))));
    });
  };
  return { work, end: (tokens = 1) => end(tokens), aborted: () => signal?.aborted };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('calls', () => {
  it('are counted while they go on, and after', async () => {
    const engine = life();
    const { work, end } = openWork();
    const call = engine.call(undefined, work);
    expect(await engine.status()).toMatchObject({ isReady: true, activeRequests: 1, loadedModels: ['voice'] });
    end(12);
    await call;
    engine.ran(50);
    expect((await engine.status()).activeRequests).toBe(0);
    expect(engine.metrics()).toMatchObject({
      totalRequests: 1,
      successfulRequests: 1,
      failedRequests: 0,
      tokensPerSecond: 240,
    });
  });

  it('that are too many are refused, and not counted as going on', async () => {
    const engine = life({ maxRequests: 1 });
    const { work, end } = openWork();
    const call = engine.call(undefined, work);
    expect((await engine.status()).isReady).toBe(false);
    await expect(engine.call(undefined, async () => 1)).rejects.toMatchObject({
      code: 'ResourceExhausted',
      message: 'voice is busy with 1 calls, as many as it takes (maxRequests); try again later.',
    });
    expect((await engine.status()).activeRequests).toBe(1);
    end();
    await call;
    await engine.call(undefined, async () => 1);
  });

  it('that fail reject as they failed; what is no FerrumError becomes one', async () => {
    const engine = life();
    const own = new FerrumError('Backend', 'out of memory');
    await expect(engine.call(undefined, () => Promise.reject(own))).rejects.toBe(own);
    const other = new TypeError('x is not a function');
    await expect(engine.call(undefined, () => Promise.reject(other))).rejects.toMatchObject({
      code: 'Internal',
      message: 'Speaking failed: TypeError: x is not a function',
      cause: other,
    });
    const { failedRequests, errorStats } = engine.metrics();
    expect(failedRequests).toBe(2);
    expect(errorStats).toMatchObject({ errorsByType: { Backend: 1, Internal: 1 } });
  });

  it('end when their signal fires', async () => {
    const engine = life();
    const stop = new AbortController();
    const call = engine.call(stop.signal, openWork().work);
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: 'Cancelled' });
    expect((await engine.status()).activeRequests).toBe(0);
  });
});

describe('health', () => {
  it('is good while all goes well, and tells how much there is to do', async () => {
    const engine = life();
    engine.attach({ waiting: () => 3, metrics: () => ({ waitingClauses: 3 }), idle: async () => {} });
    expect(await engine.status()).toMatchObject({ queuedRequests: 3, version: '1.2.3' });
    expect(engine.metrics().queueMetrics?.currentQueueLength).toBe(3);
    expect(await engine.healthCheck()).toMatchObject({
      status: 'healthy',
      componentStatus: {
        scheduler: { status: 'healthy', metrics: { activeRequests: 0, waitingClauses: 3 } },
        backend: { status: 'healthy' },
      },
    });
  });

  it('warns when there is no room, and after a run that failed until one ends well', async () => {
    const engine = life({ maxRequests: 1 });
    const { work, end } = openWork();
    const call = engine.call(undefined, work);
    expect((await engine.healthCheck()).componentStatus.scheduler?.status).toBe('warning');
    end();
    await call;
    engine.recorder.backendError = new FerrumError('Backend', 'out of memory');
    const { status, componentStatus } = await engine.healthCheck();
    expect(status).toBe('warning');
    expect(componentStatus.backend?.message).toContain('out of memory');
    engine.ran(1);
    expect((await engine.healthCheck()).status).toBe('healthy');
  });
});

describe('shutting down', () => {
  it('lets calls end first, then disposes, once for all who ask', async () => {
    const log: string[] = [];
    const engine = life({ dispose: async () => void log.push('disposed') });
    engine.attach({ waiting: () => 0, metrics: () => ({}), idle: async () => void log.push('idle') });
    const { work, end } = openWork();
    const call = engine.call(undefined, work).then(() => log.push('call'));
    const down = Promise.all([engine.shutdown(), engine.shutdown()]);
    await settled();
    expect(log).toEqual([]);
    end();
    await Promise.all([call, down]);
    await engine.shutdown();
    expect(log).toEqual(['call', 'idle', 'disposed']);
  });

  it('ends calls that go on for too long', async () => {
    const log: string[] = [];
    const engine = life({ dispose: async () => void log.push('disposed') });
    const { work, aborted } = openWork();
    const refused = expect(engine.call(undefined, work)).rejects.toMatchObject({
      code: 'Cancelled',
      message: expect.stringContaining('voice was shut down'),
    });
    await engine.shutdown({ drainTimeoutMs: 5 });
    await refused;
    expect(aborted()).toBe(true);
    expect(log).toEqual(['disposed']);
  });

  it('refuses what comes afterwards', async () => {
    const engine = life();
    const down = engine.shutdown();
    expect(() => engine.requireOpen()).toThrow(expect.objectContaining({ code: 'Cancelled' }));
    await expect(engine.call(undefined, async () => 1)).rejects.toMatchObject({ code: 'Cancelled' });
    expect(await engine.status()).toMatchObject({ isReady: false, loadedModels: [] });
    expect((await engine.healthCheck()).status).not.toBe('healthy');
    await down;
  });

  it.each([-1, Number.NaN])('refuses %f ms, and goes on', async (drainTimeoutMs) => {
    const engine = life();
    await expect(engine.shutdown({ drainTimeoutMs })).rejects.toMatchObject({ code: 'InvalidParameter' });
    engine.requireOpen();
    await engine.shutdown();
  });

  it('rejects when what it holds cannot be freed', async () => {
    const engine = life({ dispose: () => Promise.reject(new Error('still in use')) });
    await expect(engine.shutdown()).rejects.toThrow('still in use');
  });
});

it('goes by its reference where the model has no name', () => {
  expect(life({ manifest: { reference: 'hf:somebody/voice' } }).modelId).toBe('hf:somebody/voice');
});
