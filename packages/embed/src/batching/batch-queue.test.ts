import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseUnhandledRejections, settle, stateOf, until } from '../testing/event-loop.js';
import { FakeRunner } from '../testing/fake-runner.js';
import { mixedLengths } from '../testing/mixed-lengths.js';
import { BatchQueue, type BatchQueueOptions, type BatchRun } from './batch-queue.js';
import { Lane } from './lane.js';

refuseUnhandledRejections();

function setUp(options: Partial<BatchQueueOptions> = {}) {
  const runs: BatchRun[] = [];
  const queue = new BatchQueue({
    maxBatchTokens: 100,
    maxQueuedTokens: 10_000,
    overheadTokens: 16,
    onRun: (run) => runs.push(run),
    ...options,
  });
  return { queue, runs, runner: new FakeRunner() };
}

const gone = new FerrumError('Cancelled', 'gone');

describe('a queue that gets entries', () => {
  it('runs together what comes in one turn of the event loop', async () => {
    const { queue, runner } = setUp();
    const results = [1, 2, 3].map((input) => queue.submit(runner.submission(input), new Lane()));
    await settle();
    expect(runner.runs.map(({ inputs }) => inputs)).toEqual([[1, 2, 3]]);
    runner.finishAll();
    expect(await Promise.all(results)).toEqual([1, 2, 3].map((input) => Float32Array.of(input)));
  });

  it('gives each entry its own vector, whatever the lengths', async () => {
    const entry = fc.record({ length: fc.integer({ min: 1, max: 150 }), lane: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 60 }), async (entries) => {
        const { queue, runner } = setUp();
        runner.isAutomatic = true;
        const lanes = Array.from({ length: 4 }, () => new Lane());
        const results = entries.map(({ length, lane }, i) =>
          queue.submit(runner.submission(i, length), lanes[lane] as Lane),
        );
        expect(await Promise.all(results)).toEqual(entries.map((_, i) => Float32Array.of(i)));
        expect([...runner.inputs].sort((a, b) => a - b)).toEqual(entries.map((_, i) => i));
        await queue.idle();
        expect([queue.waiting, queue.waitingTokens, queue.running]).toEqual([0, 0, 0]);
      }),
      { numRuns: 50 },
    );
  });

  it('runs one batch at a time', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 10 });
    const results = [1, 2].map((input) => queue.submit(runner.submission(input, 10), new Lane()));
    await settle();
    expect([runner.runs.length, queue.running, queue.waiting, queue.waitingTokens]).toEqual([1, 1, 1, 10]);
    runner.runs[0]?.finish();
    await settle();
    expect(runner.runs.length).toBe(2);
    runner.finishAll();
    await Promise.all(results);
  });

  it('keeps what different runners compute apart', async () => {
    const { queue, runner } = setUp();
    const other = new FakeRunner();
    const results = [runner, other, runner, other].map((each, i) => queue.submit(each.submission(i), new Lane()));
    runner.isAutomatic = true;
    other.isAutomatic = true;
    await Promise.all(results);
    expect([runner, other].map(({ runs }) => runs.map(({ inputs }) => inputs))).toEqual([[[0, 2]], [[1, 3]]]);
  });

  it('computes an entry that comes while another lane has thousands waiting with the next run', async () => {
    const { queue, runner } = setUp();
    const big = new Lane();
    const results = Array.from({ length: 3000 }, (_, i) => queue.submit(runner.submission(i, 1 + (i % 60)), big));
    await settle();
    for (let run = 0; run < 5; run++) {
      runner.runs.at(-1)?.finish();
      await settle();
    }
    const single = queue.submit(runner.submission(-1, 99), new Lane());
    runner.runs.at(-1)?.finish();
    await settle();
    expect(runner.runs.at(-1)?.inputs).toContain(-1);
    runner.finishAll();
    await Promise.all([single, ...results]);
  });

  it('shares its runs between two lanes of the same size', async () => {
    const { queue, runner, runs } = setUp({ maxBatchTokens: 10 });
    runner.isAutomatic = true;
    const lanes = [new Lane(), new Lane()];
    // Lengths so far apart that no run holds both.
    const lengths = [10, 1];
    const results = lanes.flatMap((lane, which) =>
      Array.from({ length: 300 / (lengths[which] as number) }, () =>
        queue.submit(runner.submission(which, lengths[which]), lane),
      ),
    );
    await Promise.all(results);
    const turns = runner.runs.map(({ inputs }) => inputs[0]);
    for (const [i, { tokens }] of runs.entries()) expect([i, tokens]).toEqual([i, 10]);
    expect(turns.length).toBe(60);
    for (let i = 0; i + 4 <= turns.length; i += 4) expect(new Set(turns.slice(i, i + 4)).size).toBe(2);
  });

  it('fills the runs of entries of one length', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 100 });
    runner.isAutomatic = true;
    const lane = new Lane();
    await Promise.all(Array.from({ length: 43 }, (_, i) => queue.submit(runner.submission(i, 10), lane)));
    expect(runner.runs.map(({ inputs }) => inputs.length)).toEqual([10, 10, 10, 10, 3]);
  });

  it('gives a lane its turn though others come new all the time', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 100 });
    const big = new Lane();
    const waiting = Array.from({ length: 20 }, (_, i) => queue.submit(runner.submission(i, 100), big));
    await settle();
    // Two callers, one of whom always waits while the other is computed; their lengths go into no run together.
    const callers: Promise<unknown>[] = [];
    for (let turn = 0; turn < 200; turn++) {
      callers.push(queue.submit(runner.submission(-1, turn % 2 === 0 ? 5 : 60), new Lane()));
      runner.runs.at(-1)?.finish();
      await settle();
    }
    // The callers read 6500 tokens; as many are the lane's share, more than it has.
    expect(runner.inputs.filter((input) => input >= 0).length).toBe(20);
    runner.finishAll();
    await Promise.all([...callers, ...waiting]);
  });

  it('pads the mixed texts of the benchmark by less than 10 %', async () => {
    const { queue, runner, runs } = setUp({ maxBatchTokens: 2048, maxQueuedTokens: 262_144 });
    runner.isAutomatic = true;
    const lane = new Lane();
    await Promise.all(mixedLengths.map((length, i) => queue.submit(runner.submission(i, length), lane)));
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const padded = sum(runs.map(({ paddedTokens }) => paddedTokens));
    const tokens = sum(mixedLengths);
    expect(sum(runs.map((run) => run.tokens))).toBe(tokens);
    expect((padded - tokens) / padded).toBeLessThan(0.1);
  });
});

describe('room', () => {
  it('is there for maxQueuedTokens, and for one entry of any length in an empty queue', async () => {
    const { queue, runner } = setUp({ maxQueuedTokens: 20 });
    expect(queue.hasRoom(1000)).toBe(true);
    const results = [queue.submit(runner.submission(1, 12), new Lane())];
    expect([queue.hasRoom(8), queue.hasRoom(9)]).toEqual([true, false]);
    // What runs waits no more.
    await settle();
    expect([queue.running, queue.hasRoom(1000)]).toEqual([1, true]);
    runner.finishAll();
    await Promise.all(results);
  });

  it('is told of when a run begins and when entries are dropped', async () => {
    const { queue, runner } = setUp();
    const lane = new Lane();
    const results = [queue.submit(runner.submission(1), lane)];
    const [atRun, atDrop] = [queue.roomMade(), queue.roomMade()];
    await settle();
    expect(await stateOf(Promise.all([atRun, atDrop]))).toBe('resolved');
    const dropped = queue.submit(runner.submission(2), lane);
    const later = queue.roomMade();
    expect(await stateOf(later)).toBe('pending');
    const rejection = expect(dropped).rejects.toBe(gone);
    queue.close(lane, gone);
    expect(await stateOf(later)).toBe('resolved');
    await rejection;
    runner.finishAll();
    await Promise.all(results);
  });
});

describe('closing a lane', () => {
  it('rejects what waits of it, which no runner ever sees', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 4 });
    const [left, stays] = [new Lane(), new Lane()];
    const first = queue.submit(runner.submission(0, 4), stays);
    await settle();
    const waiting = [1, 2].map((input) => queue.submit(runner.submission(input, 4), left));
    const other = queue.submit(runner.submission(3, 4), stays);
    queue.close(left, gone);
    for (const promise of waiting) await expect(promise).rejects.toBe(gone);
    expect([queue.waiting, queue.waitingTokens]).toEqual([1, 4]);
    runner.finishAll();
    await Promise.all([first, other]);
    expect(runner.inputs).toEqual([0, 3]);
  });

  it('ends a run that no other lane has a part in, and its entries reject with what the run says', async () => {
    const { queue, runner } = setUp();
    const lane = new Lane();
    const results = [1, 2].map((input) => queue.submit(runner.submission(input), lane));
    await settle();
    const [run] = runner.runs;
    expect(run?.signal.aborted).toBe(false);
    queue.close(lane, gone);
    expect([run?.signal.aborted, run?.signal.reason]).toEqual([true, gone]);
    run?.fail(gone);
    for (const promise of results) await expect(promise).rejects.toBe(gone);
  });

  it('lets a run go on that another lane has a part in, until that one is closed too', async () => {
    const { queue, runner } = setUp();
    const lanes = [new Lane(), new Lane()];
    const results = lanes.map((lane, i) => queue.submit(runner.submission(i), lane));
    await settle();
    const [run] = runner.runs;
    queue.close(lanes[0] as Lane, gone);
    expect(run?.signal.aborted).toBe(false);
    queue.close(lanes[1] as Lane, gone);
    expect(run?.signal.aborted).toBe(true);
    run?.fail(gone);
    for (const promise of results) await expect(promise).rejects.toBe(gone);
  });

  it('leaves the run after the one that it ended alone', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 1 });
    const [left, stays] = [new Lane(), new Lane()];
    const lost = queue.submit(runner.submission(1), left);
    const kept = queue.submit(runner.submission(2), stays);
    await settle();
    queue.close(left, gone);
    runner.runs[0]?.fail(gone);
    await expect(lost).rejects.toBe(gone);
    await until(() => runner.runs.length === 2);
    expect(runner.runs[1]?.signal.aborted).toBe(false);
    runner.finishAll();
    expect(await kept).toEqual(Float32Array.of(2));
  });
});

describe('a run that fails', () => {
  it('rejects the entries of that run only, and the queue goes on', async () => {
    const { queue, runner, runs } = setUp({ maxBatchTokens: 2 });
    const inputs = [1, 2, 3, 4];
    const results = inputs.map((input) => queue.submit(runner.submission(input), new Lane()));
    await settle();
    const failure = new FerrumError('Backend', 'out of memory');
    runner.runs[0]?.fail(failure);
    runner.isAutomatic = true;
    const settled = await Promise.allSettled(results);
    const failed = runner.runs[0]?.inputs ?? [];
    expect(failed.length).toBe(2);
    for (const [i, input] of inputs.entries()) {
      expect(settled[i]).toEqual(
        failed.includes(input)
          ? { status: 'rejected', reason: failure }
          : { status: 'fulfilled', value: Float32Array.of(input) },
      );
    }
    expect(runs.map(({ error }) => error)).toEqual([failure, undefined]);
  });

  it('with something else than a FerrumError becomes Internal, its cause kept', async () => {
    const { queue, runner } = setUp();
    const result = queue.submit(runner.submission(1), new Lane());
    await settle();
    const cause = new TypeError('x is not a function');
    runner.runs[0]?.fail(cause);
    await expect(result).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('x is not'),
      cause,
    });
  });

  it('is rejected as well when the runner throws before it promises anything', async () => {
    const { queue } = setUp();
    const runner = {
      run: () => {
        throw new FerrumError('Backend', 'no session');
      },
    };
    const result = queue.submit({ runner, input: 1, length: 1 }, new Lane());
    await expect(result).rejects.toMatchObject({ code: 'Backend' });
    await queue.idle();
  });
});

it('counts sequences, tokens and padding of a run, and the wait of each entry', async () => {
  const { queue, runner, runs } = setUp();
  runner.isAutomatic = true;
  const results = [3, 5, 4].map((length, i) => queue.submit(runner.submission(i, length), new Lane()));
  await Promise.all(results);
  await queue.idle();
  expect(runs).toEqual([
    { sequences: 3, tokens: 12, paddedTokens: 15, ms: expect.any(Number), waitsMs: Array(3).fill(expect.any(Number)) },
  ]);
  expect(runs[0]?.waitsMs.every((ms) => ms >= 0)).toBe(true);
});

describe('idle', () => {
  it('comes when nothing waits and nothing runs', async () => {
    const { queue, runner } = setUp({ maxBatchTokens: 1 });
    await queue.idle();
    const results = [1, 2].map((input) => queue.submit(runner.submission(input), new Lane()));
    const idle = queue.idle();
    expect(await stateOf(idle)).toBe('pending');
    runner.runs[0]?.finish();
    expect(await stateOf(idle)).toBe('pending');
    runner.finishAll();
    expect(await stateOf(idle)).toBe('resolved');
    await Promise.all(results);
  });
});

it('rejects all that waits and all that comes once it is ended, and lets the run end', async () => {
  const { queue, runner } = setUp({ maxBatchTokens: 1 });
  const results = [1, 2, 3].map((input) => queue.submit(runner.submission(input), new Lane()));
  await settle();
  queue.end(gone);
  await expect(results[1]).rejects.toBe(gone);
  await expect(results[2]).rejects.toBe(gone);
  await expect(queue.submit(runner.submission(4), new Lane())).rejects.toBe(gone);
  expect(runner.runs[0]?.signal.aborted).toBe(false);
  runner.finishAll();
  expect(await results[0]).toEqual(Float32Array.of(1));
  await queue.idle();
  expect(runner.inputs).toEqual([1]);
});
