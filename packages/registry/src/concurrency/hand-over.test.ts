import { describe, expect, it } from 'vitest';
import { HandOver } from './hand-over.js';

const signal = new AbortController().signal;

describe('a hand-over', () => {
  it('hands over one at a time, and the producer waits for the reader', async () => {
    const channel = new HandOver<number>();
    const events: string[] = [];
    const produce = async () => {
      for (let i = 0; i < 4; i++) {
        await channel.push(i, signal);
        events.push(`taken ${i}`);
      }
      channel.end();
    };
    const produced = produce();
    const read: number[] = [];
    for await (const value of channel) {
      // What was taken is taken; the next is not offered before it is asked for.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      expect(events).toHaveLength(read.length + 1);
      read.push(value);
    }
    await produced;
    expect(read).toEqual([0, 1, 2, 3]);
  });

  it('gives what is left before the error', async () => {
    const channel = new HandOver<number>();
    const pushed = channel.push(1, signal);
    channel.end({ error: new Error('the model broke') });
    const read: number[] = [];
    const all = async () => {
      for await (const value of channel) read.push(value);
    };
    await expect(all()).rejects.toThrow('the model broke');
    await pushed;
    expect(read).toEqual([1]);
  });

  it('throws an error that is undefined', async () => {
    const channel = new HandOver<number>();
    channel.end({ error: undefined });
    await expect(channel[Symbol.asyncIterator]().next()).rejects.toBeUndefined();
  });

  it('lets a producer go whose reader has left', async () => {
    const controller = new AbortController();
    const channel = new HandOver<number>();
    const pushed = channel.push(1, controller.signal);
    controller.abort();
    await expect(pushed).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('ends at once when there is nothing', async () => {
    const channel = new HandOver<number>();
    setImmediate(() => channel.end());
    expect(await channel[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
});
