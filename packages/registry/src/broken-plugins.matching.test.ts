import type { ModelMatch } from '@ferrum/interfaces';
import { describe, expect, it, vi } from 'vitest';
import { deferred, fakeDescriptor, fakePlugin, healthyLabel, hostBeside, request, settled } from './testing/fakes.js';

describe('a plugin whose match() does not answer', () => {
  it('is passed over with the reason, and asked again once it has answered', async () => {
    const answer = deferred<ModelMatch>();
    const match = vi.fn(() => answer.promise);
    const silent = fakePlugin('silent', (registry) =>
      registry.register(fakeDescriptor({ id: 'silent/engine', match })),
    );
    await using host = hostBeside([silent], { matchTimeoutMs: 20 });
    const reason = async (): Promise<string | undefined> =>
      (await host.explain('fake', request)).candidates.find(({ plugin }) => plugin === 'silent')?.reason;

    expect((await host.resolve('fake', request)).label).toBe('healthy/engine');
    // Each request would have to wait for it otherwise.
    expect(await reason()).toBe('match() has still not answered an earlier call');
    expect(match).toHaveBeenCalledOnce();

    answer.resolve({ score: 80, reason: 'opens it' });
    await settled();
    expect(await reason()).toBe('opens it');
    expect((await host.resolve('fake', request)).label).toBe('silent/engine');
  });

  it('is named with the time when nothing else is there', async () => {
    const silent = fakeDescriptor({ id: 'silent/engine', match: () => new Promise(() => {}) });
    const plugin = fakePlugin('silent', (registry) =>
      registry.register({ ...silent, capability: 'reranking' } as never),
    );
    await using host = hostBeside([plugin], { matchTimeoutMs: 20 });
    await expect(host.resolve('reranking', request)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining(
        '- silent/engine (plugin silent): match() failed: no answer after 20 ms (matchTimeoutMs)',
      ),
    });
    expect(await healthyLabel(host)).toBe('healthy/engine');
  });

  it('holds up neither a caller that leaves nor the end of the host', async () => {
    const silent = fakeDescriptor({ id: 'silent/engine', match: () => new Promise(() => {}) });
    const host = hostBeside([fakePlugin('silent', (registry) => registry.register(silent))], {
      matchTimeoutMs: Number.POSITIVE_INFINITY,
    });
    const controller = new AbortController();
    const leaving = host.resolve('fake', { ...request, signal: controller.signal });
    const staying = host.resolve('fake', request);
    controller.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'Cancelled' });
    await host.dispose();
    await expect(staying).rejects.toMatchObject({ code: 'Cancelled' });
  });
});
