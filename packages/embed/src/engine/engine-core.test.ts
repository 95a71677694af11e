import { FerrumError } from '@ferrum/registry/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeParts } from '../testing/engine-parts.js';
import { refuseUnhandledRejections, settle, stateOf, until } from '../testing/event-loop.js';
import { FakeRunner } from '../testing/fake-runner.js';
import { type EngineCall, EngineCore, type EngineSettings } from './engine-core.js';

refuseUnhandledRejections();
afterEach(() => vi.useRealTimers());

interface Call extends Partial<EngineCall> {
  readonly count?: number;
  readonly length?: number;
}

function setUp(options: Partial<EngineSettings> = {}) {
  const runner = new FakeRunner();
  const dispose = vi.fn(async () => {});
  const core = new EngineCore(fakeParts(options, dispose));
  const compute = ({ count = 1, length = 1, ...others }: Call = {}) =>
    core.compute({
      count,
      prepare: (index) => ({ ...runner.submission(index, length), tokens: length }),
      what: 'The call',
      ...others,
    });
  return { core, runner, dispose, compute };
}

/** Runs what the test sets off, with timers that only the test moves. */
function withFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

describe('a call', () => {
  it('gives the vectors and how many tokens were read', async () => {
    const { runner, compute } = setUp();
    runner.isAutomatic = true;
    expect(await compute({ count: 3, length: 7 })).toEqual({
      vectors: [0, 1, 2].map((input) => Float32Array.of(input)),
      tokens: 21,
    });
  });

  it('fails with the very error of what failed, and is counted', async () => {
    const { core, compute } = setUp();
    const failure = new FerrumError('RequestValidation', 'texts[0] is null');
    const result = compute({
      prepare: () => {
        throw failure;
      },
    });
    await expect(result).rejects.toBe(failure);
    expect(core.metrics()).toMatchObject({ totalRequests: 1, failedRequests: 1 });
  });

  it('that is refused is told when to try again, by how long runs took', async () => {
    const { runner, compute } = setUp({ maxBatchTokens: 10, maxQueuedTokens: 20 });
    runner.isAutomatic = true;
    await compute({ length: 10 });
    runner.isAutomatic = false;
    const running = compute({ length: 10 });
    await settle();
    const waiting = [compute({ length: 10 }), compute({ length: 10 })];
    const refusal: unknown = await compute({ length: 10 }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'ResourceExhausted', retryAfterMs: expect.any(Number) });
    expect((refusal as FerrumError).retryAfterMs).toBeGreaterThan(0);
    runner.finishAll();
    await Promise.all([running, ...waiting]);
  });
});

describe('status and health', () => {
  it('count calls that go on and inputs that wait', async () => {
    const { core, runner, compute } = setUp({ maxBatchTokens: 1 });
    const calls = [compute(), compute({ count: 2 })];
    await settle();
    expect(await core.status()).toMatchObject({
      isReady: true,
      loadedModels: ['fake'],
      activeRequests: 2,
      queuedRequests: 2,
    });
    runner.finishAll();
    await Promise.all(calls);
    expect(await core.status()).toMatchObject({ activeRequests: 0, queuedRequests: 0 });
  });

  it('are not ready while the queue is full', async () => {
    const { core, runner, compute } = setUp({ maxBatchTokens: 10, maxQueuedTokens: 20 });
    const calls = [compute({ length: 10 })];
    await settle();
    calls.push(compute({ length: 10 }), compute({ length: 10 }));
    expect(await core.status()).toMatchObject({ isReady: false });
    expect(await core.healthCheck()).toMatchObject({ status: 'warning' });
    runner.finishAll();
    await Promise.all(calls);
    expect(await core.healthCheck()).toMatchObject({ status: 'healthy' });
  });

  it('tell of a run that failed until one succeeds', async () => {
    const { core, runner, compute } = setUp();
    const result = compute();
    await settle();
    runner.runs[0]?.fail(new FerrumError('Backend', 'out of memory'));
    await expect(result).rejects.toMatchObject({ code: 'Backend' });
    const sick = await core.healthCheck();
    expect(sick.status).toBe('warning');
    expect(JSON.stringify(sick)).toContain('out of memory');
    runner.isAutomatic = true;
    await compute();
    expect(await core.healthCheck()).toMatchObject({ status: 'healthy' });
  });

  it('do not take a run that was ended because its caller left for one that failed', async () => {
    const { core, runner, compute } = setUp();
    const controller = new AbortController();
    const result = compute({ signal: controller.signal });
    await settle();
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'Cancelled' });
    runner.runs[0]?.fail(new FerrumError('Cancelled', 'The run was cancelled.'));
    await settle();
    expect(await core.healthCheck()).toMatchObject({ status: 'healthy' });
  });
});

describe('shutdown', () => {
  it('takes no new calls', async () => {
    const { core, runner, compute } = setUp();
    await core.shutdown();
    await expect(compute()).rejects.toMatchObject({
      code: 'Cancelled',
      message: 'The engine of fake is shut down; resolve it again.',
    });
    expect(runner.runs).toEqual([]);
    expect(await core.status()).toMatchObject({ isReady: false, loadedModels: [] });
    expect(await core.healthCheck()).toMatchObject({ status: 'unhealthy' });
  });

  it('lets calls in flight finish, those too whose inputs are not all prepared, then frees the sessions', async () => {
    const { core, runner, dispose, compute } = setUp();
    const calls = [compute({ count: 3 }), compute({ count: 5000 })];
    const shutdown = core.shutdown();
    await expect(compute()).rejects.toMatchObject({ code: 'Cancelled' });
    await settle();
    expect([dispose.mock.calls.length, await stateOf(shutdown)]).toEqual([0, 'pending']);
    runner.finishAll();
    const results = await Promise.all(calls);
    expect(results.map(({ vectors }) => vectors.length)).toEqual([3, 5000]);
    await shutdown;
    expect(dispose).toHaveBeenCalledTimes(1);
  });

  it('cancels what still waits after drainTimeoutMs, and lets the run end before it frees the sessions', async () => {
    withFakeTimers();
    const { core, runner, dispose, compute } = setUp({ maxBatchTokens: 1, drainTimeoutMs: 700 });
    const calls = [compute(), compute({ count: 3 }), compute({ count: 5000 })];
    const rejections = calls
      .slice(1)
      .map((call) => expect(call).rejects.toMatchObject({ code: 'Cancelled', message: expect.stringMatching('fake') }));
    const shutdown = core.shutdown();
    await settle();
    vi.advanceTimersByTime(699);
    await settle();
    expect(await core.status()).toMatchObject({ activeRequests: 3 });
    vi.advanceTimersByTime(1);
    await Promise.all(rejections);
    expect([dispose.mock.calls.length, await stateOf(shutdown)]).toEqual([0, 'pending']);
    runner.finishAll();
    expect(await calls[0]).toMatchObject({ tokens: 1 });
    await shutdown;
    expect(dispose).toHaveBeenCalledTimes(1);
    expect(runner.inputs).toEqual([0]);
  });

  it('runs nothing once the sessions are freed, though a call was waiting for room', async () => {
    const { core, runner, dispose, compute } = setUp({ maxBatchTokens: 10, maxQueuedTokens: 20 });
    const lengths = [9, 12, 1];
    const call = compute({
      count: 3,
      prepare: (index) => ({ ...runner.submission(index, lengths[index]), tokens: 1 }),
    });
    const filling = compute({ length: 11 });
    const rejections = [call, filling].map((each) => expect(each).rejects.toMatchObject({ code: 'Cancelled' }));
    await settle();
    // The call's first input runs, the other call waits, and beside it the call's second one has no room.
    expect(await core.status()).toMatchObject({ activeRequests: 2, queuedRequests: 1 });
    const shutdown = core.shutdown({ drainTimeoutMs: 0 });
    await Promise.all(rejections);
    runner.runs[0]?.finish();
    await shutdown;
    expect(dispose).toHaveBeenCalledTimes(1);
    await settle();
    expect(runner.inputs).toEqual([0]);
    expect(await core.status()).toMatchObject({ activeRequests: 0, queuedRequests: 0 });
  });

  it('happens once, however often it is asked for', async () => {
    const { core, dispose } = setUp();
    await Promise.all([core.shutdown(), core.shutdown({ drainTimeoutMs: 1 })]);
    await core.shutdown();
    expect(dispose).toHaveBeenCalledTimes(1);
  });

  it('says what the sessions could not be freed for', async () => {
    const failure = new FerrumError('Backend', 'still in use');
    const core = new EngineCore(fakeParts({}, () => Promise.reject(failure)));
    await expect(core.shutdown()).rejects.toBe(failure);
  });

  it('waits for a drainTimeoutMs longer than timers can', async () => {
    const { core, runner, compute } = setUp();
    const call = compute();
    const shutdown = core.shutdown({ drainTimeoutMs: Number.POSITIVE_INFINITY });
    await until(() => runner.runs.length === 1);
    expect(await stateOf(shutdown)).toBe('pending');
    runner.finishAll();
    await Promise.all([call, shutdown]);
  });

  it.each([-1, Number.NaN, '10'])('refuses %j ms to drain, and stays open', async (drainTimeoutMs) => {
    const { core, runner, compute } = setUp();
    await expect(core.shutdown({ drainTimeoutMs: drainTimeoutMs as number })).rejects.toMatchObject({
      code: 'InvalidParameter',
      details: { parameter: 'drainTimeoutMs' },
    });
    runner.isAutomatic = true;
    expect(await compute()).toMatchObject({ tokens: 1 });
  });
});

it('shows its settings', () => {
  const { core } = setUp({ threads: 3, maxQueuedTokens: 77 });
  expect(core.config()).toMatchObject({
    model: { modelId: 'fake', modelInfo: { modelType: 'fake', maxSequenceLength: 16 } },
    backend: {
      backendType: 'onnxruntime',
      backendOptions: { threads: 3, quantization: 'float32', maxQueuedTokens: 77 },
    },
    batching: { maxNumBatchedTokens: 100 },
  });
});
