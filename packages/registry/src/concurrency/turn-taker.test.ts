import { describe, expect, it } from 'vitest';
import { TurnTaker } from './turn-taker.js';

describe('TurnTaker', () => {
  it('goes on at once within a stretch', () => {
    const turns = new TurnTaker({ stretchMs: Number.POSITIVE_INFINITY });
    expect(turns.next()).toBeUndefined();
  });

  it('lets the event loop turn after each', async () => {
    const turns = new TurnTaker({ stretchMs: 0 });
    const log: string[] = [];
    setImmediate(() => log.push('something else'));
    for (const piece of ['first', 'second']) {
      log.push(piece);
      await turns.next();
    }
    expect(log).toEqual(['first', 'something else', 'second']);
  });

  it('ends the work once the signal has fired, also when it fires during the turn', async () => {
    const controller = new AbortController();
    const turns = new TurnTaker({ stretchMs: 0, signal: controller.signal, what: 'Reading the image' });
    await turns.next();
    setImmediate(() => controller.abort('gone'));
    await expect(turns.next()).rejects.toMatchObject({
      code: 'Cancelled',
      message: 'Reading the image was cancelled.',
      cause: 'gone',
    });
    await expect(turns.next()).rejects.toMatchObject({ code: 'Cancelled' });
  });
});
