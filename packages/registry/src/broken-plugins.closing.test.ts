import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  fakeDescriptor,
  fakeEngine,
  fakePlugin,
  healthyLabel,
  hostBeside,
  never,
  request,
  to,
} from './testing/fakes.js';

describe('an engine that does not close', () => {
  const warning = vi.fn();
  beforeEach(() => {
    vi.spyOn(process, 'emitWarning').mockImplementation(warning);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    warning.mockReset();
  });

  const closings: Readonly<Record<string, () => Promise<void>>> = {
    rejects: () => Promise.reject(new Error('driver gone')),
    throws: () => {
      throw new Error('no driver');
    },
    endless: () => never,
  };
  const closed: string[] = [];
  const broken = fakePlugin('broken', (registry) => {
    for (const [id, close] of Object.entries(closings)) {
      registry.register(fakeDescriptor({ id, create: async () => fakeEngine(id, close) }));
    }
    const create = async () => fakeEngine('fine', () => void closed.push('fine'));
    registry.register(fakeDescriptor({ id: 'fine', create }));
  });
  const expected = {
    rejects: { code: 'Backend', message: 'rejects (plugin broken) with m could not be closed: driver gone' },
    throws: { code: 'Backend', message: 'throws (plugin broken) with m could not be closed: no driver' },
    endless: {
      code: 'Timeout',
      message: expect.stringMatching(/^endless \(plugin broken\) with m could not be closed: .*20 ms.*closeTimeoutMs/),
      details: { engine: 'endless', plugin: 'broken', model: 'm', closeTimeoutMs: 20 },
    },
  };

  it('is reported by dispose(), and the others are closed', async () => {
    const host = hostBeside([broken], { closeTimeoutMs: 20 });
    for (const id of ['fine', 'rejects', 'throws', 'endless']) await host.resolve('fake', to(id));
    const error: unknown = await host.dispose().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ errors: [expected.endless, expected.throws, expected.rejects] });
    expect(closed).toEqual(['fine']);
    expect(warning).not.toHaveBeenCalled();
  });

  it.each(['rejects', 'throws', 'endless'] as const)('when idle (%s) is warned of, and opens anew', async (id) => {
    const host = hostBeside([broken], { closeTimeoutMs: 20, idleTimeoutMs: 0 });
    const first = await host.lease('fake', to(id));
    await first.release();
    await vi.waitUntil(() => warning.mock.calls.length > 0);
    expect(warning.mock.calls).toMatchObject([[expected[id]]]);
    const second = await host.lease('fake', to(id));
    expect(second.engine).not.toBe(first.engine);
    expect(await healthyLabel(host)).toBe('healthy/engine');
    const errors = [expected[id], expected[id]];
    await expect(host.dispose()).rejects.toMatchObject({ errors });
  });

  it('may take as long as it wants with an infinite time', async () => {
    vi.useFakeTimers();
    const slow = fakePlugin('slow', (registry) => {
      const close = () => new Promise<void>((resolve) => setTimeout(resolve, 2 ** 31 - 1));
      registry.register(fakeDescriptor({ id: 'slow', create: async () => fakeEngine('slow', close) }));
    });
    const host = hostBeside([slow], { closeTimeoutMs: Number.POSITIVE_INFINITY });
    await host.resolve('fake', request);
    const disposing = host.dispose();
    await vi.advanceTimersByTimeAsync(2 ** 31 - 1);
    await disposing;
    vi.useRealTimers();
  });
});
