import type { EngineContext, ProgressEvent } from '@ferrum/interfaces';
import { describe, expect, it, vi } from 'vitest';
import { type Create, deferred, type FakeEngine, fakeEngine, hostOf, request, settled } from './testing/fakes.js';

describe('sharing', () => {
  it('opens an engine once for concurrent and later callers of the same model and options', async () => {
    const opening = deferred<FakeEngine>();
    const create = vi.fn(() => opening.promise);
    const host = hostOf({ a: create });
    const callers = [
      host.resolve('fake', { ...request, options: { threads: 2, batch: { size: 1, rows: 2 } } }),
      host.resolve('fake', { ...request, options: { batch: { rows: 2, size: 1 }, threads: 2 } }),
    ];
    await settled();
    expect(host.openEngines()).toEqual([]);
    opening.resolve(fakeEngine('a'));
    const [first, second] = await Promise.all(callers);
    const third = await host.resolve('fake', { ...request, options: { threads: 2, batch: { size: 1, rows: 2 } } });
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(create).toHaveBeenCalledOnce();
    expect(host.openEngines()).toEqual([
      { descriptorId: 'a', capability: 'fake', model: 'm', leases: 1, engine: expect.objectContaining({ label: 'a' }) },
    ]);
  });

  it('opens another engine for another model or other options, and hands the options on', async () => {
    const create = vi.fn(async ({ options }: EngineContext) => fakeEngine(JSON.stringify(options)));
    const host = hostOf({ a: create });
    expect((await host.resolve('fake', request)).label).toBe('{}');
    expect((await host.resolve('fake', { ...request, options: { threads: 1 } })).label).toBe('{"threads":1}');
    await host.resolve('fake', { model: 'other' });
    expect(create).toHaveBeenCalledTimes(3);
    expect(host.openEngines().map(({ model }) => model)).toEqual(['m', 'm', 'other']);
  });

  it('forgets an opening that failed', async () => {
    const create = vi.fn<Create>().mockRejectedValueOnce(new Error('busy')).mockResolvedValueOnce(fakeEngine('a'));
    const host = hostOf({ a: create });
    const callers = await Promise.allSettled([host.resolve('fake', request), host.lease('fake', request)]);
    expect(callers).toMatchObject([{ reason: { code: 'Backend' } }, { reason: { code: 'Backend' } }]);
    expect((await host.resolve('fake', request)).label).toBe('a');
    expect(create).toHaveBeenCalledTimes(2);
  });

  it('tells every caller of progress, and survives a listener that throws', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const event: ProgressEvent = { phase: 'load', label: 'm', unit: 'steps', completed: 1 };
    const finish = deferred();
    const host = hostOf({
      a: async ({ onProgress }) => {
        await finish.promise;
        onProgress?.(event);
        return fakeEngine('a');
      },
    });
    const listener = vi.fn();
    const throwing = (): void => {
      throw new Error('broken bar');
    };
    const callers = [throwing, listener, listener].map((onProgress) =>
      host.resolve('fake', { ...request, onProgress }),
    );
    await settled();
    finish.resolve();
    await Promise.all(callers);
    expect(listener.mock.calls).toEqual([[event], [event]]);
    expect(warning).toHaveBeenCalledWith('A progress listener failed: broken bar');
    warning.mockRestore();
  });
});
