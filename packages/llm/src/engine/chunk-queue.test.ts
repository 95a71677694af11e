import { describe, expect, it, vi } from 'vitest';
import { ChunkQueue } from './chunk-queue.js';

describe('ChunkQueue', () => {
  it('hands over what was pushed before and after the reader asked, in order', async () => {
    const queue = new ChunkQueue<number>(() => {});
    queue.push(1);
    const read = [queue.next(), queue.next(), queue.next()];
    queue.push(2);
    queue.close();
    expect(await Promise.all(read)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  it('gives what is waiting before the error, and the error once', async () => {
    const queue = new ChunkQueue<number>(() => {});
    queue.push(1);
    queue.fail(new Error('broken'));
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toThrow('broken');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('tells when a reader leaves early, and not after the end', async () => {
    const onLeave = vi.fn();
    const queue = new ChunkQueue<number>(onLeave);
    queue.push(1);
    for await (const value of queue) {
      expect(value).toBe(1);
      break;
    }
    expect(onLeave).toHaveBeenCalledTimes(1);
    const finished = new ChunkQueue<number>(onLeave);
    finished.close();
    await finished.return();
    expect(onLeave).toHaveBeenCalledTimes(1);
  });
});
