import { describe, expect, it, vi } from 'vitest';
import { type Create, deferred, type FakeEngine, fakeEngine, hostOf, request, settled } from './testing/fakes.js';

describe('cancelling', () => {
  /** Opens when told to, unless its signal fires. */
  function patient() {
    const finish = deferred();
    const signals: AbortSignal[] = [];
    const create = vi.fn<Create>(async ({ signal }) => {
      if (signal === undefined) throw new Error('no signal');
      signals.push(signal);
      await Promise.race([
        finish.promise,
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ]);
      return fakeEngine('patient');
    });
    return { create, finish, signals };
  }

  it('of one caller leaves the others their engine', async () => {
    const { create, finish, signals } = patient();
    const host = hostOf({ a: create });
    const controller = new AbortController();
    const leaving = host.resolve('fake', { ...request, signal: controller.signal });
    const staying = host.resolve('fake', request);
    await settled();
    controller.abort('gone');
    await expect(leaving).rejects.toMatchObject({ code: 'Cancelled', cause: 'gone' });
    expect(signals[0]?.aborted).toBe(false);
    finish.resolve();
    expect((await staying).label).toBe('patient');
  });

  it('of all callers ends the opening; a newcomer waits for the end and opens anew', async () => {
    const { create, finish, signals } = patient();
    const host = hostOf({ a: create });
    const controller = new AbortController();
    const leaving = [1, 2].map(() => host.resolve('fake', { ...request, signal: controller.signal }));
    await settled();
    controller.abort();
    const newcomer = host.resolve('fake', request);
    const results = await Promise.allSettled(leaving);
    expect(results).toMatchObject([{ reason: { code: 'Cancelled' } }, { reason: { code: 'Cancelled' } }]);
    expect(signals[0]?.aborted).toBe(true);
    finish.resolve();
    expect((await newcomer).label).toBe('patient');
    expect(create).toHaveBeenCalledTimes(2);
    expect(signals[1]?.aborted).toBe(false);
  });

  it('closes an engine that opened although nobody waited any more', async () => {
    const opening = deferred<FakeEngine>();
    const close = vi.fn();
    const host = hostOf({ a: () => opening.promise });
    const controller = new AbortController();
    const leaving = host.resolve('fake', { ...request, signal: controller.signal });
    await settled();
    controller.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'Cancelled' });
    opening.resolve(fakeEngine('late', close));
    await settled();
    expect(close).toHaveBeenCalledOnce();
    expect(host.openEngines()).toEqual([]);
  });

  it('works before the call, too', async () => {
    const create = vi.fn();
    const host = hostOf({ a: create });
    const signal = AbortSignal.abort();
    await expect(host.resolve('fake', { ...request, signal })).rejects.toMatchObject({ code: 'Cancelled' });
    expect(create).not.toHaveBeenCalled();
  });

  it('leaves no listener on a signal that outlives many calls', async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    const host = hostOf({ a: async () => fakeEngine('a') });
    await Promise.all([1, 2, 3].map(() => host.resolve('fake', { ...request, signal })));
    expect(add).toHaveBeenCalled();
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  });
});
