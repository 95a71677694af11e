import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.js';
import { OnnxRuntime } from './onnx-runtime.js';
import type { Session } from './session.js';
import { ModelFolder } from './testing/model-folder.js';
import { addition, longRun } from './testing/models.js';

const runtime = OnnxRuntime.load();
const folder = new ModelFolder();
afterAll(() => folder.remove());

const openLong = (steps: number) => runtime.openSession(folder.write(longRun(steps)), { intraOpThreads: 1 });

/** The identity matrix: its powers are the identity. */
function identity(size: number): Tensor<'float32'> {
  const tensor = Tensor.allocate('float32', [size, size]);
  for (let row = 0; row < size; row++) tensor.data[row * size + row] = 1;
  return tensor;
}

it('leaves the event loop free while a model opens and while it runs', async () => {
  // A call that blocks has settled after a turn or two of the loop, however fast or slow the machine is.
  const opening = openLong(2000);
  expect(await turnsUntil(opening)).toBeGreaterThan(10);
  const session = await opening;
  const running = session.run({ x: identity(192) });
  expect(await turnsUntil(running)).toBeGreaterThan(10);
  expect((await running).y?.data).toEqual(identity(192).data);
  await session.dispose();
});

/** How often the event loop went round until the promise settled. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let pending = true;
  const settled = promise.finally(() => {
    pending = false;
  });
  let turns = 0;
  for (; pending; turns++) await nextTurn();
  await settled;
  return turns;
}

it('runs of one session may overlap, more of them than koffi takes at a time', async () => {
  const session = await runtime.openSession(folder.write(addition));
  const sums = await Promise.all(
    Array.from({ length: 400 }, async (_, index) => {
      const x = Tensor.from('float32', [1, 3], Float32Array.of(index, index, index));
      return (await session.run({ x, y: x })).z?.data[2];
    }),
  );
  expect(sums).toEqual(Array.from({ length: 400 }, (_, index) => 2 * index));
  await session.dispose();
});

describe('cancelling', () => {
  const cancelled = { name: 'FerrumError', code: 'Cancelled' };

  it('ends a run in flight, and the session stays usable', async () => {
    const session = await openLong(4000);
    const x = identity(512);
    const prepared = session.prepare({ x }, ['y']);
    const controller = new AbortController();
    const run = prepared.run({ signal: controller.signal });
    await sleep(5);
    controller.abort(new Error('enough'));
    await expect(run).rejects.toMatchObject({ ...cancelled, cause: new Error('enough') });
    await session.dispose();

    const short = await openLong(3);
    await cancelSeveralTimes(short, identity(128));
    await short.dispose();
  });

  async function cancelSeveralTimes(session: Session, x: Tensor): Promise<void> {
    const y = Tensor.allocate('float32', [128, 128]);
    const prepared = session.prepare({ x }, { y });
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController();
      const run = prepared.run({ signal: controller.signal });
      controller.abort();
      await expect(run).rejects.toMatchObject(cancelled);
      y.data.fill(0);
      await prepared.run({ signal: new AbortController().signal });
      expect(y.data).toEqual(x.data);
    }
  }

  it('does not start a run whose signal has fired', async () => {
    const session = await openLong(1);
    await expect(session.run({ x: identity(2) }, ['y'], { signal: AbortSignal.abort() })).rejects.toMatchObject(
      cancelled,
    );
    await session.dispose();
  });
});

describe('disposing during a run', () => {
  it('a session waits for the run, refuses new ones, and may be disposed again', async () => {
    const session = await openLong(50);
    const x = identity(128);
    const run = session.run({ x });
    const disposed = session.dispose();
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'InvalidParameter' });
    expect(session.dispose()).toBe(disposed);
    const first = await Promise.race([run.then(() => 'run'), disposed.then(() => 'dispose')]);
    expect(first).toBe('run');
    await disposed;
    expect((await run).y?.data).toEqual(x.data);
  });

  it('tensors keep their memory until the run ends', async () => {
    const session = await openLong(100);
    const x = identity(128);
    const y = Tensor.allocate('float32', [128, 128]);
    const written = y.data;
    const run = session.run({ x }, { y });
    x.dispose();
    y.dispose();
    await run;
    expect(written).toEqual(identity(128).data);
    await session.dispose();
  });
});
