import { describe, expect, it } from 'vitest';
import { withDeadline } from './with-deadline.js';

const forEver = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));

describe('withDeadline', () => {
  const signal = new AbortController().signal;

  it('gives what the work gives, without a limit and with one', async () => {
    expect(await withDeadline({}, signal, async () => 1)).toBe(1);
    expect(
      await withDeadline({ timeoutMs: 10_000, deadline: new Date(Date.now() + 10_000) }, signal, async () => 2),
    ).toBe(2);
  });

  it.each([{ timeoutMs: 5 }, { deadline: new Date(Date.now() - 1) }, { timeoutMs: 0 }])(
    'ends the work by %o',
    async (limit) => {
      await expect(withDeadline(limit, signal, forEver)).rejects.toMatchObject({ code: 'Timeout' });
    },
  );

  it("leaves the caller's own end as it is", async () => {
    const own = new AbortController();
    const running = withDeadline({ timeoutMs: 10_000 }, own.signal, forEver);
    own.abort();
    await expect(running).rejects.toThrow('stopped');
  });
});
