import type { EngineContext } from '@ferrum/interfaces';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Create,
  deferred,
  type FakeEngine,
  fakeDescriptor,
  fakeEngine,
  fakePlugin,
  healthyLabel,
  hostBeside,
  never,
  request,
  to,
} from './testing/fakes.js';

describe('a plugin whose create() does not end', () => {
  const warning = vi.fn();
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(process, 'emitWarning').mockImplementation(warning);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    warning.mockReset();
  });

  const limits = { openTimeoutMs: 1000, closeTimeoutMs: 300 };
  const hostOf = (engines: Readonly<Record<string, Create>>) =>
    hostBeside(
      [
        fakePlugin('slow', (registry) => {
          for (const [id, create] of Object.entries(engines)) registry.register(fakeDescriptor({ id, create }));
        }),
      ],
      limits,
    );
  const progress = { phase: 'load', label: 'm', unit: 'steps', completed: 1 } as const;
  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );

  it('fails for every caller with the same error, which names everything, and its signal fires', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const host = hostOf({
      endless: ({ signal }) => {
        signals.push(signal);
        return never;
      },
    });
    const calls = [host.resolve('fake', to('endless')), host.lease('fake', to('endless'))].map(failure);
    await vi.advanceTimersByTimeAsync(999);
    expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(1);
    const [first, second] = await Promise.all(calls);
    expect(first).toMatchObject({
      code: 'Timeout',
      message: expect.stringMatching(/^endless \(plugin slow\) opening model m .*1000 ms.*openTimeoutMs/),
      details: { engine: 'endless', plugin: 'slow', model: 'm', openTimeoutMs: 1000 },
    });
    expect(second).toBe(first);
    expect(signals[0]?.reason).toBe(first);
    expect(await healthyLabel(host)).toBe('healthy/engine');
    await host.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('heeding its signal fails with the time all the same', async () => {
    const host = hostOf({
      heeding: ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    const call = failure(host.resolve('fake', request));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await call).toMatchObject({ code: 'Timeout' });
  });

  it('has as much time again after each report of progress', async () => {
    const host = hostOf({
      diligent: async ({ onProgress }) => {
        for (let step = 0; step < 5; step += 1) {
          await new Promise((resolve) => setTimeout(resolve, 900));
          onProgress?.(progress);
        }
        return fakeEngine('diligent');
      },
    });
    const call = host.resolve('fake', request);
    await vi.advanceTimersByTimeAsync(4500);
    expect((await call).label).toBe('diligent');
    await host.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be tried again at once, and what the first brings too late is closed, no other', async () => {
    const first = deferred<FakeEngine>();
    const closed: string[] = [];
    const create = vi
      .fn<Create>()
      .mockReturnValueOnce(first.promise)
      .mockImplementation(async () => fakeEngine('second', () => void closed.push('second')));
    const host = hostOf({ late: create });
    const call = failure(host.resolve('fake', request));
    await vi.advanceTimersByTimeAsync(1000);
    await call;
    const second = await host.resolve('fake', request);
    first.resolve(fakeEngine('first', () => void closed.push('first')));
    await vi.advanceTimersByTimeAsync(0);
    expect(closed).toEqual(['first']);
    expect(await host.resolve('fake', request)).toBe(second);
    expect(host.openEngines()).toMatchObject([{ descriptorId: 'late', engine: second }]);
    await host.dispose();
    expect(closed).toEqual(['first', 'second']);
    expect(warning).not.toHaveBeenCalled();
  });

  it.each<[string, () => Promise<void>, object]>([
    [
      'fails to close',
      () => Promise.reject(new Error('stuck')),
      { code: 'Backend', message: expect.stringMatching(/stuck/) },
    ],
    ['does not close', () => never, { code: 'Timeout', message: expect.stringMatching(/300 ms.*closeTimeoutMs/) }],
  ])('and whose late engine %s is warned of, after the end of the host, too', async (_, close, expected) => {
    const late = deferred<FakeEngine>();
    const host = hostOf({ late: () => late.promise });
    const call = failure(host.resolve('fake', request));
    await vi.advanceTimersByTimeAsync(1000);
    await call;
    await host.dispose();
    late.resolve(fakeEngine('late', close));
    await vi.advanceTimersByTimeAsync(300);
    expect(warning.mock.calls).toMatchObject([[expected]]);
    expect(String(warning.mock.calls[0])).toContain('late (plugin slow) with m could not be closed');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('and ignores its signal keeps a newcomer waiting for a while only', async () => {
    const create = vi
      .fn<Create>()
      .mockReturnValueOnce(never)
      .mockImplementation(async () => fakeEngine('second'));
    const host = hostOf({ deaf: create });
    const controller = new AbortController();
    const leaving = failure(host.resolve('fake', { ...request, signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    expect(await leaving).toMatchObject({ code: 'Cancelled' });
    const newcomer = host.resolve('fake', request);
    await vi.advanceTimersByTimeAsync(299);
    expect(create).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1);
    expect((await newcomer).label).toBe('second');
    const expected = {
      code: 'Timeout',
      message: expect.stringMatching(
        /^deaf \(plugin slow\) opening model m .* 300 ms after it was cancelled.*closeTimeoutMs/,
      ),
    };
    expect(warning.mock.calls).toMatchObject([[expected]]);
    await expect(host.dispose()).rejects.toMatchObject({ errors: [expected] });
  });

  it('keeps dispose() waiting for a while only, and is reported; the others are closed', async () => {
    const close = vi.fn();
    const opening = deferred<FakeEngine>();
    const host = hostOf({ deaf: () => opening.promise, fine: async () => fakeEngine('fine', close) });
    await host.resolve('fake', to('fine'));
    const call = failure(host.resolve('fake', to('deaf')));
    await vi.advanceTimersByTimeAsync(10);
    const disposing = failure(host.dispose());
    expect(await call).toMatchObject({ code: 'Cancelled' });
    await vi.advanceTimersByTimeAsync(300);
    expect(await disposing).toMatchObject({
      errors: [{ code: 'Timeout', details: { engine: 'deaf', plugin: 'slow' } }],
    });
    expect(close).toHaveBeenCalledOnce();
    const closeLate = vi.fn();
    opening.resolve(fakeEngine('deaf', closeLate));
    await vi.advanceTimersByTimeAsync(0);
    expect(closeLate).toHaveBeenCalledOnce();
    expect(warning).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is blamed itself, and not the engine that waits for it', async () => {
    const host = hostOf({
      outer: async ({ resolve }: EngineContext) => {
        await new Promise((done) => setTimeout(done, 900));
        const inner = await resolve('fake', to('inner'));
        await new Promise((done) => setTimeout(done, 900));
        return fakeEngine(`outer on ${inner.label}`);
      },
      inner: async ({ onProgress, options }) => {
        if (options.endless === true) return never;
        for (let step = 0; step < 3; step += 1) {
          await new Promise((done) => setTimeout(done, 900));
          onProgress?.(progress);
        }
        return fakeEngine('inner');
      },
      demanding: async ({ resolve }) => {
        await resolve('fake', { ...to('inner'), options: { endless: true } });
        return fakeEngine('never made');
      },
    });
    const outer = host.resolve('fake', to('outer'));
    await vi.advanceTimersByTimeAsync(4500);
    expect((await outer).label).toBe('outer on inner');
    const demanding = failure(host.resolve('fake', to('demanding')));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await demanding).toMatchObject({ code: 'Timeout', details: { engine: 'inner' } });
  });
});
