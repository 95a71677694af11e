import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred, fakeEngine, hostOf, request } from './testing/fakes.js';

describe('leases', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  beforeEach(() => {
    vi.useFakeTimers();
  });
  it('close the engine some time after the last one is released', async () => {
    const close = vi.fn();
    const host = hostOf({ a: async () => fakeEngine('a', close) }, 1000);
    const first = await host.lease('fake', request);
    const second = await host.lease('fake', request);
    expect(second.engine).toBe(first.engine);
    expect(host.openEngines()).toMatchObject([{ leases: 2 }]);
    await first.release();
    await first.release();
    await vi.advanceTimersByTimeAsync(5000);
    expect(close).not.toHaveBeenCalled();
    await second[Symbol.asyncDispose]();
    await vi.advanceTimersByTimeAsync(999);
    expect(host.openEngines()).toMatchObject([{ leases: 0 }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(close).toHaveBeenCalledOnce();
    expect(host.openEngines()).toEqual([]);
  });

  it('taken before the time is over keep the engine open', async () => {
    const close = vi.fn();
    const create = vi.fn(async () => fakeEngine('a', close));
    const host = hostOf({ a: create }, 1000);
    await (await host.lease('fake', request)).release();
    await vi.advanceTimersByTimeAsync(999);
    const lease = await host.lease('fake', request);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(close).not.toHaveBeenCalled();
    await lease.release();
    await vi.advanceTimersByTimeAsync(1000);
    expect(close).toHaveBeenCalledOnce();
    expect(create).toHaveBeenCalledOnce();
  });

  it('taken while the engine closes open it anew after the end of closing', async () => {
    const closed = deferred();
    const events: string[] = [];
    const host = hostOf(
      {
        a: async () => {
          events.push('open');
          return fakeEngine('a', async () => {
            events.push('closing');
            await closed.promise;
            events.push('closed');
          });
        },
      },
      1000,
    );
    await (await host.lease('fake', request)).release();
    await vi.advanceTimersByTimeAsync(1000);
    const next = host.lease('fake', request);
    await vi.advanceTimersByTimeAsync(0);
    expect(events).toEqual(['open', 'closing']);
    closed.resolve();
    await next;
    expect(events).toEqual(['open', 'closing', 'closed', 'open']);
  });

  it('never time out beside resolve(), nor with an infinite time', async () => {
    const close = vi.fn();
    const resolved = hostOf({ a: async () => fakeEngine('a', close) }, 1000);
    await resolved.resolve('fake', request);
    const eternal = hostOf({ a: async () => fakeEngine('a', close) }, Number.POSITIVE_INFINITY);
    for (const host of [resolved, eternal]) await (await host.lease('fake', request)).release();
    await vi.advanceTimersByTimeAsync(2 ** 31);
    expect(close).not.toHaveBeenCalled();
    expect(resolved.openEngines()).toMatchObject([{ leases: 1 }]);
  });

  it('stay open for five minutes by default, on a timer that does not keep the process alive', async () => {
    const close = vi.fn();
    const host = hostOf({ a: async () => fakeEngine('a', close) });
    const lease = await host.lease('fake', request);
    const setTimeout = vi.spyOn(globalThis, 'setTimeout');
    await lease.release();
    expect(setTimeout.mock.results[0]?.value.hasRef()).toBe(false);
    await vi.advanceTimersByTimeAsync(299_999);
    expect(close).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(close).toHaveBeenCalledOnce();
  });

  it('warn at once of an engine that fails to close when idle, and report it again at the end', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const host = hostOf({ a: async () => fakeEngine('a', () => Promise.reject(new Error('stuck'))) }, 1000);
    await (await host.lease('fake', request)).release();
    await vi.advanceTimersByTimeAsync(1000);
    const message = 'a (plugin fakes) with m could not be closed: stuck';
    expect(warning).toHaveBeenCalledWith(expect.objectContaining({ code: 'Backend', message }));
    await expect(host.dispose()).rejects.toMatchObject({ errors: [{ code: 'Backend', message }] });
    warning.mockRestore();
  });
});
