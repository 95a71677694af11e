import { describe, expect, it } from 'vitest';
import { ChunkStream } from './chunk-stream.js';

async function read<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of stream) all.push(value);
  return all;
}

describe('a stream of chunks', () => {
  it('starts with the first read, and never waits for its reader', async () => {
    let isDone = false;
    const stream = new ChunkStream<number>(async (push) => {
      for (let i = 0; i < 3; i++) push(i);
      isDone = true;
    });
    expect(isDone).toBe(false);
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    expect(isDone).toBe(true);
    expect(await read(stream)).toEqual([1, 2]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('gives what came before a failure, then the failure, once', async () => {
    const stream = new ChunkStream<number>(async (push) => {
      push(1);
      throw new Error('broken');
    });
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await expect(stream.next()).rejects.toThrow('broken');
    expect((await stream.next()).done).toBe(true);
  });

  it('lets a reader leave who waits for a chunk', async () => {
    let left: AbortSignal | undefined;
    const stream = new ChunkStream<number>(async (_, signal) => {
      left = signal;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('nobody hears this');
    });
    const waiting = stream.next();
    expect(await stream.return()).toEqual({ done: true, value: undefined });
    expect((await waiting).done).toBe(true);
    expect(left?.aborted).toBe(true);
  });

  it('never starts when its reader leaves before the first read', async () => {
    let isStarted = false;
    const stream = new ChunkStream<number>(async () => {
      isStarted = true;
    });
    await stream.return();
    expect((await stream.next()).done).toBe(true);
    expect(isStarted).toBe(false);
  });

  it('serves several reads that wait in their order', async () => {
    const stream = new ChunkStream<number>(async (push) => {
      await null;
      push(1);
      push(2);
    });
    expect(await Promise.all([stream.next(), stream.next(), stream.next()])).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });
});
