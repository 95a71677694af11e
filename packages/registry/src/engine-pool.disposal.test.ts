import type { EngineContext } from '@ferrum/interfaces';
import { describe, expect, it, vi } from 'vitest';
import { FerrumError } from './errors.js';
import { type Create, deferred, type FakeEngine, fakeEngine, hostOf, request, settled, to } from './testing/fakes.js';

describe('disposal', () => {
  it('closes everything in reverse order of opening, in spite of failures, and reports them all', async () => {
    const events: string[] = [];
    const foreign = new FerrumError('Device', 'driver gone');
    const closing = (id: string, failure?: Error): Create => {
      const close = async (): Promise<void> => {
        events.push(id);
        await settled();
        events.push(`${id} closed`);
        if (failure !== undefined) throw failure;
      };
      return async () => fakeEngine(id, close);
    };
    const host = hostOf({
      a: closing('a'),
      b: closing('b', new Error('stuck')),
      c: closing('c', foreign),
      d: closing('d'),
    });
    for (const id of ['a', 'b', 'c']) await host.resolve('fake', to(id));
    await (await host.lease('fake', to('d'))).release();
    const error: unknown = await host.dispose().catch((thrown: unknown) => thrown);
    expect(events).toEqual(['d', 'd closed', 'c', 'c closed', 'b', 'b closed', 'a', 'a closed']);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({
      errors: [foreign, { code: 'Backend', message: 'b (plugin fakes) with m could not be closed: stuck' }],
    });
  });

  it('closes an engine before one that it asked for after it had opened', async () => {
    const events: string[] = [];
    const contexts: EngineContext[] = [];
    const host = hostOf({
      early: async (context) => {
        contexts.push(context);
        return fakeEngine('early', () => void events.push('early'));
      },
      late: async () => fakeEngine('late', () => void events.push('late')),
    });
    await host.resolve('fake', to('early'));
    await contexts[0]?.resolve('fake', to('late'));
    await host.dispose();
    expect(events).toEqual(['early', 'late']);
  });

  it('ends openings that are under way and closes what they made', async () => {
    const close = vi.fn();
    const opening = deferred<FakeEngine>();
    const signals: (AbortSignal | undefined)[] = [];
    const host = hostOf({
      a: ({ signal }) => {
        signals.push(signal);
        return opening.promise;
      },
    });
    const pending = host.resolve('fake', request);
    await settled();
    const disposing = host.dispose();
    await expect(pending).rejects.toMatchObject({
      code: 'Cancelled',
      message: expect.stringContaining('the host is disposed'),
    });
    expect(signals[0]?.aborted).toBe(true);
    opening.resolve(fakeEngine('a', close));
    await disposing;
    expect(close).toHaveBeenCalledOnce();
  });

  it('makes every later call fail, but disposing and releasing again are fine', async () => {
    const close = vi.fn(() => Promise.reject(new Error('stuck')));
    const host = hostOf({ a: async () => fakeEngine('a', close) });
    const lease = await host.lease('fake', request);
    const first = host.dispose();
    const second = host.dispose();
    await expect(first).rejects.toBeInstanceOf(AggregateError);
    await second;
    await host[Symbol.asyncDispose]();
    await lease.release();
    expect(close).toHaveBeenCalledOnce();
    const disposed = { code: 'Cancelled', message: expect.stringContaining('the host is disposed') };
    await expect(host.resolve('fake', request)).rejects.toMatchObject(disposed);
    await expect(host.lease('fake', request)).rejects.toMatchObject(disposed);
    await expect(host.explain('fake', request)).rejects.toMatchObject(disposed);
    expect(() => host.openEngines()).toThrow(expect.objectContaining(disposed));
  });

  it('uses shutdown() of an engine without Symbol.asyncDispose', async () => {
    const shutdown = vi.fn(async () => {});
    const create = (async () => ({ label: 'plain', shutdown })) as unknown as Create;
    const host = hostOf({ a: create });
    await host.resolve('fake', request);
    await host.dispose();
    expect(shutdown).toHaveBeenCalledOnce();
  });
});
