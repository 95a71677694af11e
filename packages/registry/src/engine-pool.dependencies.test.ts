import type { EngineContext } from '@ferrum/interfaces';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Create, deferred, fakeEngine, hostOf, request, settled, to } from './testing/fakes.js';

describe('engines that need engines', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('hold them until they are closed themselves', async () => {
    vi.useFakeTimers();
    const events: string[] = [];
    const closing = (id: string) => () => {
      events.push(`close ${id}`);
    };
    const host = hostOf(
      {
        outer: async ({ resolve }) => {
          const inner = await resolve('fake', to('inner'));
          return fakeEngine(`outer on ${inner.label}`, closing('outer'));
        },
        inner: async () => fakeEngine('inner', closing('inner')),
      },
      1000,
    );
    const lease = await host.lease('fake', to('outer'));
    expect(lease.engine.label).toBe('outer on inner');
    expect(host.openEngines()).toMatchObject([
      { descriptorId: 'inner', leases: 1 },
      { descriptorId: 'outer', leases: 1 },
    ]);
    await lease.release();
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual(['close outer']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual(['close outer', 'close inner']);
  });

  it('give back what they got when they fail to open', async () => {
    const host = hostOf({
      outer: async ({ resolve }) => {
        await resolve('fake', to('inner'));
        throw new Error('no');
      },
      inner: async () => fakeEngine('inner'),
    });
    await expect(host.resolve('fake', to('outer'))).rejects.toMatchObject({ code: 'Backend' });
    expect(host.openEngines()).toMatchObject([{ descriptorId: 'inner', leases: 0 }]);
  });

  it('stop waiting for them when nobody waits for the engine itself', async () => {
    const innerSignal = deferred<AbortSignal | undefined>();
    const host = hostOf({
      outer: async ({ resolve }) => {
        await resolve('fake', to('inner'));
        return fakeEngine('outer');
      },
      inner: ({ signal }) => {
        innerSignal.resolve(signal);
        return new Promise(() => {});
      },
    });
    const controller = new AbortController();
    const leaving = host.resolve('fake', { ...to('outer'), signal: controller.signal });
    const signal = await innerSignal.promise;
    controller.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'Cancelled' });
    await settled();
    expect(signal?.aborted).toBe(true);
  });

  const needing =
    (id: string): Create =>
    async ({ resolve }) =>
      fakeEngine(`on ${(await resolve('fake', to(id))).label}`);

  it('in a circle fail with the circle named', async () => {
    const host = hostOf({ a: needing('b'), b: needing('c'), c: needing('a') });
    await expect(host.resolve('fake', to('a'))).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringContaining('c (m) → a (m) → b (m) → c (m)'),
    });
    await expect(hostOf({ a: needing('a') }).resolve('fake', request)).rejects.toMatchObject({ code: 'Config' });
    await host.dispose();
  });

  it('in a circle entered from two sides fail instead of waiting for each other', async () => {
    const host = hostOf({ a: needing('b'), b: needing('a') });
    const results = await Promise.allSettled([host.resolve('fake', to('a')), host.resolve('fake', to('b'))]);
    expect(results).toMatchObject([{ reason: { code: 'Config' } }, { reason: { code: 'Config' } }]);
  });

  it('may need the same one', async () => {
    const inner = vi.fn(async () => fakeEngine('inner'));
    const host = hostOf({ a: needing('inner'), b: needing('inner'), both: needing('a'), inner });
    await Promise.all(['a', 'b', 'both'].map((id) => host.resolve('fake', to(id))));
    expect(inner).toHaveBeenCalledOnce();
  });

  it('can ask for none once they are closed', async () => {
    vi.useFakeTimers();
    let context: EngineContext | undefined;
    const inner = vi.fn(async () => fakeEngine('inner'));
    const host = hostOf(
      {
        outer: async (given) => {
          context = given;
          return fakeEngine('outer');
        },
        inner,
      },
      0,
    );
    const lease = await host.lease('fake', to('outer'));
    expect((await context?.resolve('fake', to('inner')))?.label).toBe('inner');
    await lease.release();
    await vi.advanceTimersByTimeAsync(10);
    await expect(context?.resolve('fake', to('inner'))).rejects.toMatchObject({ code: 'Cancelled' });
    expect(inner).toHaveBeenCalledOnce();
    expect(host.openEngines()).toEqual([]);
  });
});
