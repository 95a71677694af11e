import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { WorkLimit } from './work-limit.js';

/** Lets everything happen that needs no more than the event loop to turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

/** Pieces of work that the test ends. */
function setUp(atOnce: number) {
  const limit = new WorkLimit(atOnce);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const run = (piece: number, signal?: AbortSignal) =>
    limit.run(
      () => {
        begun.push(piece);
        return new Promise<number>((resolve) => {
          ends[piece] = () => resolve(piece);
        });
      },
      signal,
      'The work',
    );
  return { limit, begun, ends, run };
}

it('runs so many pieces at once, the others in their order', async () => {
  const { begun, ends, run } = setUp(2);
  const results = [run(0), run(1), run(2), run(3)];
  await settle();
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  await settle();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
});

it('goes on after a piece that fails', async () => {
  const { limit, begun, ends, run } = setUp(1);
  const failure = new Error('no');
  const failing = expect(limit.run(() => Promise.reject(failure), undefined, 'The work')).rejects.toBe(failure);
  const next = run(1);
  await failing;
  await settle();
  expect(begun).toEqual([1]);
  ends[1]?.();
  await next;
});

it('lets go at once of a piece whose signal fires before its turn', async () => {
  const { begun, ends, run } = setUp(1);
  const controller = new AbortController();
  const first = run(0);
  const second = run(1, controller.signal);
  const third = run(2);
  await settle();
  expect(begun).toEqual([0]);
  controller.abort();
  await expect(second).rejects.toMatchObject({ code: 'Cancelled', message: 'The work was cancelled.' });
  expect(begun).toEqual([0]);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  ends[0]?.();
  await settle();
  expect(begun).toEqual([0, 2]);
  ends[2]?.();
  await Promise.all([first, third]);
});

it('passes a turn on that comes just after the signal has fired', async () => {
  const { begun, ends, run } = setUp(1);
  const controller = new AbortController();
  const first = run(0);
  const second = expect(run(1, controller.signal)).rejects.toMatchObject({ code: 'Cancelled' });
  const third = run(2);
  await settle();
  controller.abort();
  ends[0]?.();
  await Promise.all([first, second]);
  await settle();
  expect(begun).toEqual([0, 2]);
  ends[2]?.();
  await third;
});

it('begins nothing for a signal that has fired, and keeps no place for it', async () => {
  const { begun, ends, run } = setUp(1);
  await expect(run(0, AbortSignal.abort())).rejects.toMatchObject({ code: 'Cancelled' });
  const next = run(1);
  await settle();
  expect(begun).toEqual([1]);
  ends[1]?.();
  await next;
});
