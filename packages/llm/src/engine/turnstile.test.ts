import { describe, expect, it } from 'vitest';
import { Turnstile } from './turnstile.js';

const never = new AbortController().signal;

describe('Turnstile', () => {
  it('lets one in at a time, in order of arrival', async () => {
    const turnstile = new Turnstile(10);
    const log: string[] = [];
    const visit = async (name: string) => {
      const leave = await turnstile.enter(never);
      log.push(`${name} in`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} out`);
      leave();
    };
    await Promise.all(['a', 'b', 'c'].map(visit));
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('refuses when too many wait, and says that trying later helps', async () => {
    const turnstile = new Turnstile(1);
    const leave = await turnstile.enter(never);
    const second = turnstile.enter(never);
    await expect(turnstile.enter(never)).rejects.toMatchObject({ code: 'ResourceExhausted', isRetryable: true });
    leave();
    (await second)();
  });

  it('lets a waiting visitor give up without holding the others', async () => {
    const turnstile = new Turnstile(10);
    const leave = await turnstile.enter(never);
    const controller = new AbortController();
    const quitter = turnstile.enter(controller.signal);
    const patient = turnstile.enter(never);
    controller.abort();
    await expect(quitter).rejects.toMatchObject({ code: 'Cancelled' });
    expect(turnstile.waiting).toBe(1);
    leave();
    (await patient)();
    expect(turnstile.waiting).toBe(0);
  });
});
