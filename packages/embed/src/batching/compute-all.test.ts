import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refuseUnhandledRejections, settle, stateOf, until } from '../testing/event-loop.js';
import { FakeRunner } from '../testing/fake-runner.js';
import { BatchQueue, type BatchQueueOptions, type Submission } from './batch-queue.js';
import { type ComputeAllOptions, computeAll } from './compute-all.js';

refuseUnhandledRejections();
afterEach(() => vi.restoreAllMocks());

interface Call extends Partial<ComputeAllOptions> {
  readonly length?: (index: number) => number;
  /** What the first input is; the others count on from it. */
  readonly from?: number;
}

function setUp(options: Partial<BatchQueueOptions> = {}) {
  const queue = new BatchQueue({ maxBatchTokens: 100, maxQueuedTokens: 1_000_000, overheadTokens: 16, ...options });
  const runner = new FakeRunner();
  const call = (count: number, { length = () => 1, from = 0, ...others }: Call = {}) => {
    const prepare = (index: number) => runner.submission(from + index, length(index));
    return computeAll(queue, count, prepare, { what: 'The call', retryAfterMs: () => undefined, ...others });
  };
  return { queue, runner, call };
}

/** What the runner gives for a call. */
function vectors(count: number, from = 0): Float32Array[] {
  return Array.from({ length: count }, (_, i) => Float32Array.of(from + i));
}

describe('a call', () => {
  it('gets a vector for each input, in their order, though runs are sorted by length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 200 }), async (lengths) => {
        const { runner, call } = setUp();
        runner.isAutomatic = true;
        const result = await call(lengths.length, { length: (i) => lengths[i] as number });
        expect(result).toEqual(vectors(lengths.length));
        expect([...runner.inputs].sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
      }),
      { numRuns: 50 },
    );
  });

  it('of nothing gives nothing and runs nothing', async () => {
    const { runner, call } = setUp();
    expect(await call(0)).toEqual([]);
    expect(runner.runs).toEqual([]);
  });

  it('tells of its progress one by one, up to all', async () => {
    const { runner, call } = setUp({ maxBatchTokens: 10 });
    runner.isAutomatic = true;
    const told: number[] = [];
    await call(57, { length: (i) => 1 + (i % 7), onProgress: (completed) => told.push(completed) });
    expect(told).toEqual(Array.from({ length: 57 }, (_, i) => i + 1));
  });

  it('ends with what its preparation throws, and leaves nothing waiting', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 1 });
    const failure = new FerrumError('RequestValidation', 'texts[3] is null');
    const prepare = (index: number): Submission<unknown> => {
      if (index === 3) throw failure;
      return runner.submission(index);
    };
    const result = computeAll(queue, 5, prepare, { what: 'The call', retryAfterMs: () => undefined });
    await expect(result).rejects.toBe(failure);
    runner.finishAll();
    await settle();
    expect(queue.waiting).toBe(0);
    expect(runner.runs.length).toBeLessThan(2);
  });
});

describe('calls at the same time', () => {
  it('of one input each end up in one run', async () => {
    const { runner, call } = setUp();
    const calls = Array.from({ length: 64 }, (_, from) => call(1, { from }));
    await settle();
    expect(runner.runs.map(({ inputs }) => inputs)).toEqual([Array.from({ length: 64 }, (_, i) => i)]);
    runner.finishAll();
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 64 }, (_, from) => vectors(1, from)));
  });

  it.each([1, 40, 100])('give one of %i tokens the next run, though thousands wait', async (length) => {
    const { runner, call } = setUp();
    const big = call(5000, { length: (i) => 1 + ((i * 37) % 100) });
    await until(() => runner.runs.length === 1);
    for (let run = 0; run < 8; run++) {
      runner.runs.at(-1)?.finish();
      await settle();
    }
    const before = runner.runs.length;
    const single = call(1, { from: -1, length: () => length });
    await settle();
    expect(runner.runs.length).toBe(before);
    runner.runs.at(-1)?.finish();
    await settle();
    expect(runner.runs.length).toBe(before + 1);
    expect(runner.runs.at(-1)?.inputs).toContain(-1);
    runner.finishAll();
    expect(await single).toEqual(vectors(1, -1));
    expect(await big).toEqual(vectors(5000));
  });

  it('fail exactly where they have a part in the run that fails', async () => {
    const { runner, call } = setUp({ maxBatchTokens: 4 });
    const calls = [
      call(2, { from: 0 }),
      call(2, { from: 10 }),
      call(1, { from: 20, length: () => 4 }),
      call(1, { from: 30, length: () => 3 }),
    ];
    await settle();
    const failure = new FerrumError('Backend', 'out of memory');
    const [first] = runner.runs;
    first?.fail(failure);
    runner.isAutomatic = true;
    const results = await Promise.allSettled(calls);
    const hit = [0, 10, 20, 30].map((from) =>
      (first?.inputs ?? []).some((input) => input >= from && input < from + 10),
    );
    expect(hit).toContain(true);
    expect(hit).toContain(false);
    expect(results.map(({ status }) => status === 'rejected')).toEqual(hit);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBe(failure);
  });
});

describe('a listener that throws', () => {
  it('fails its call with what it threw, and no other', async () => {
    const { runner, call } = setUp();
    const failure = new Error('the listener');
    const onProgress = vi.fn(() => {
      throw failure;
    });
    const failing = call(3, { onProgress });
    const other = call(3, { from: 10 });
    runner.isAutomatic = true;
    await expect(failing).rejects.toBe(failure);
    expect(await other).toEqual(vectors(3, 10));
    expect(onProgress).toHaveBeenCalledTimes(1);
  });

  it('fails its call with the last input too', async () => {
    const { runner, call } = setUp();
    runner.isAutomatic = true;
    const failure = new Error('the listener');
    const onProgress = (completed: number) => {
      if (completed === 3) throw failure;
    };
    await expect(call(3, { onProgress })).rejects.toBe(failure);
  });
});

describe('a signal', () => {
  it('that has fired already refuses the call before anything is prepared', async () => {
    const { queue } = setUp();
    const prepare = vi.fn();
    const signal = AbortSignal.abort('too late');
    const result = computeAll(queue, 3, prepare, { signal, what: 'Embedding', retryAfterMs: () => undefined });
    await expect(result).rejects.toMatchObject({
      code: 'Cancelled',
      message: 'Embedding was cancelled.',
      cause: 'too late',
    });
    expect(prepare).not.toHaveBeenCalled();
  });

  it('ends the call at once, whose entries that wait never reach the runner', async () => {
    const { queue, runner, call } = setUp({ maxBatchTokens: 1 });
    const controller = new AbortController();
    const told: number[] = [];
    const other = call(1, { from: -1 });
    await settle();
    const result = call(50, { signal: controller.signal, onProgress: (completed) => told.push(completed) });
    await settle();
    controller.abort('the user left');
    await expect(result).rejects.toMatchObject({ code: 'Cancelled', cause: 'the user left' });
    expect(queue.waiting).toBe(0);
    runner.finishAll();
    expect(await other).toEqual(vectors(1, -1));
    await settle();
    expect(runner.inputs).toEqual([-1]);
    expect(told).toEqual([]);
  });

  it('ends the run that the call has to itself', async () => {
    const { runner, call } = setUp();
    const controller = new AbortController();
    const result = call(3, { signal: controller.signal });
    await settle();
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'Cancelled' });
    expect(runner.runs[0]?.signal.aborted).toBe(true);
    runner.runs[0]?.fail(new Error('the run was ended'));
  });

  it('does not end a run that another call has a part in, of which the call hears no more', async () => {
    const { runner, call } = setUp();
    const controller = new AbortController();
    const told: number[] = [];
    const gone = call(3, { signal: controller.signal, onProgress: (completed) => told.push(completed) });
    const stays = call(3, { from: 10 });
    await settle();
    expect(runner.runs.length).toBe(1);
    controller.abort();
    await expect(gone).rejects.toMatchObject({ code: 'Cancelled' });
    expect(runner.runs[0]?.signal.aborted).toBe(false);
    runner.finishAll();
    expect(await stays).toEqual(vectors(3, 10));
    await settle();
    expect(told).toEqual([]);
  });

  it('ends a run once every call with a part in it has gone', async () => {
    const { runner, call } = setUp();
    const controllers = [new AbortController(), new AbortController()];
    const results = controllers.map(({ signal }, i) => call(2, { from: 10 * i, signal }));
    const rejections = results.map((result) => expect(result).rejects.toMatchObject({ code: 'Cancelled' }));
    await settle();
    controllers[0]?.abort();
    await settle();
    expect(runner.runs[0]?.signal.aborted).toBe(false);
    controllers[1]?.abort();
    await Promise.all(rejections);
    expect(runner.runs[0]?.signal.aborted).toBe(true);
    runner.runs[0]?.fail(new Error('the run was ended'));
  });

  it('ends a call that waits for room', async () => {
    const { queue, runner, call } = setUp({ maxBatchTokens: 10, maxQueuedTokens: 20 });
    const others = [call(1, { from: -1, length: () => 10 }), call(1, { from: -2, length: () => 10 })];
    await settle();
    const controller = new AbortController();
    const prepared = vi.fn(() => 10);
    const result = call(5, { length: prepared, signal: controller.signal });
    await settle();
    // One runs, two wait, the second input of the call has no room.
    expect([prepared.mock.calls.length, queue.waitingTokens]).toEqual([2, 20]);
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'Cancelled' });
    expect(queue.waitingTokens).toBe(10);
    runner.finishAll();
    await Promise.all(others);
    expect(runner.inputs).toEqual([-1, -2]);
  });

  it('is listened to no longer than the call goes on', async () => {
    const { runner, call } = setUp();
    runner.isAutomatic = true;
    const { signal } = new AbortController();
    const calls = [call(3, { signal }), call(2, { signal, onProgress: thrower })];
    expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(0);
    await Promise.allSettled(calls);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

function thrower(): void {
  throw new Error('listener');
}

describe('a full queue', () => {
  const full = { maxBatchTokens: 10, maxQueuedTokens: 20 };
  /** One call runs, two wait. */
  const fill = async (call: ReturnType<typeof setUp>['call']) => {
    const running = call(1, { from: 0, length: () => 10 });
    await settle();
    return [running, ...[1, 2].map((from) => call(1, { from, length: () => 10 }))];
  };

  it('refuses a call that comes, with when to try again', async () => {
    const { runner, call } = setUp(full);
    const admitted = await fill(call);
    const refused = call(1, { from: 3, length: () => 10, retryAfterMs: () => 120 });
    await expect(refused).rejects.toMatchObject({
      code: 'ResourceExhausted',
      message: expect.stringContaining('20 tokens are waiting'),
      retryAfterMs: 120,
    });
    runner.finishAll();
    expect(await Promise.all(admitted)).toEqual([0, 1, 2].map((from) => vectors(1, from)));
    expect(runner.inputs).toEqual([0, 1, 2]);
  });

  it('does not say when, where it does not know', async () => {
    const { runner, call } = setUp(full);
    const admitted = await fill(call);
    const refusal: unknown = await call(1, { length: () => 10 }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'ResourceExhausted' });
    expect(refusal).not.toHaveProperty('retryAfterMs');
    runner.finishAll();
    await Promise.all(admitted);
  });

  it('lets a call that it took in wait and finish', async () => {
    const { queue, runner, call } = setUp(full);
    const result = call(30, { length: () => 10 });
    await settle();
    expect([queue.waitingTokens, await stateOf(result)]).toEqual([20, 'pending']);
    runner.finishAll();
    expect(await result).toEqual(vectors(30));
  });

  it('takes in a call whose only input is longer than all that may wait, when nothing does', async () => {
    const { runner, call } = setUp(full);
    runner.isAutomatic = true;
    expect(await call(1, { length: () => 5000 })).toEqual(vectors(1));
  });
});

describe('a large call', () => {
  it('never has more than its window submitted', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 512, maxQueuedTokens: 1e9 });
    runner.isAutomatic = true;
    const count = 100_000;
    let completed = 0;
    let most = 0;
    const prepare = (index: number) => {
      most = Math.max(most, index - completed);
      return runner.submission(index);
    };
    const onProgress = (done: number) => {
      completed = done;
    };
    const result = await computeAll(queue, count, prepare, {
      what: 'The call',
      retryAfterMs: () => undefined,
      onProgress,
    });
    expect(most).toBeLessThanOrEqual(1024);
    expect(most).toBeGreaterThan(512);
    expect(result.length).toBe(count);
    expect(result.every((vector, i) => vector[0] === i)).toBe(true);
  });

  it('never has more tokens submitted than its window, but of an input that is longer itself', async () => {
    const { queue, runner } = setUp({ maxQueuedTokens: 1e9, maxBatchTokens: 8192 });
    const lengths = Array.from({ length: 60 }, (_, i) => (i % 20 === 7 ? 40_000 : 3000));
    let submitted = 0;
    let completed = 0;
    const most: number[] = [];
    const call = computeAll(
      queue,
      lengths.length,
      (index) => {
        // The one before this has been submitted.
        if (index > 0) submitted += lengths[index - 1] as number;
        most.push(submitted - completed);
        return runner.submission(index, lengths[index]);
      },
      { what: 'The call', retryAfterMs: () => undefined },
    );
    while ((await stateOf(call)) === 'pending') {
      const run = runner.runs.at(-1);
      if (!run || run.isOver) continue;
      for (const input of run.inputs) completed += lengths[input] as number;
      run.finish();
    }
    await call;
    for (const tokens of most) expect(tokens <= 32_768 || tokens === 40_000).toBe(true);
  });

  it('lets the event loop turn while it prepares its inputs', async () => {
    const { queue, runner } = setUp();
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    // Of 1 ms each; nothing else takes any time.
    const prepare = (index: number) => {
      now += 1;
      return runner.submission(index);
    };
    let turns = 0;
    let isOver = false;
    const call = computeAll(queue, 200, prepare, { what: 'The call', retryAfterMs: () => undefined }).finally(() => {
      isOver = true;
    });
    const prepared: number[] = [];
    while (now < 200) {
      await nextTurn();
      turns += 1;
      prepared.push(now);
    }
    const stretches = prepared.map((at, i) => at - (prepared[i - 1] ?? 0));
    expect(Math.max(...stretches)).toBeLessThanOrEqual(5);
    expect(turns).toBeGreaterThanOrEqual(40);
    expect(isOver).toBe(false);
    runner.finishAll();
    await call;
  });
});
