import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SampleFeed } from './sample-feed.js';

const samples = (value: number) => new Float32Array([value]);

async function collect(feed: AsyncIterable<Float32Array>, into: number[]): Promise<void> {
  for await (const [value = Number.NaN] of feed) into.push(value);
}

describe('a consumer', () => {
  it('gets every chunk in order, and the end', async () => {
    const got: number[] = [];
    const feed = new SampleFeed((stream) => collect(stream, got));
    for (const value of [1, 2, 3]) await feed.write(samples(value));
    await feed.end();
    expect(got).toEqual([1, 2, 3]);
    expect(feed.hasLeft).toBe(true);
  });

  it('that is slow holds the writer up', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const feed = new SampleFeed(async (stream) => {
      for await (const _ of stream) await gate;
    });
    await feed.write(samples(1));
    let written = false;
    const second = feed.write(samples(2)).then(() => {
      written = true;
    });
    for (let round = 0; round < 20; round++) await turn();
    expect(written).toBe(false);
    go();
    await second;
    await feed.end();
  });

  it('that fails fails the writer, whatever the writer does next', async () => {
    const failure = new Error('the disk is full');
    const failing = () =>
      new SampleFeed(async (stream) => {
        for await (const _ of stream) throw failure;
      });
    const first = failing();
    await first.write(samples(1)).catch(() => {});
    await expect(first.write(samples(2))).rejects.toBe(failure);
    await expect(first.end()).rejects.toBe(failure);
    const second = failing();
    await second.write(samples(1)).catch(() => {});
    await expect(second.end()).rejects.toBe(failure);
    await expect(new SampleFeed(() => Promise.reject(failure)).write(samples(1))).rejects.toBe(failure);
  });

  it('that has had enough is let go', async () => {
    const got: number[] = [];
    const feed = new SampleFeed(async (stream) => {
      for await (const [value = 0] of stream) {
        got.push(value);
        return;
      }
    });
    await feed.write(samples(1));
    await turn();
    await feed.write(samples(2));
    await feed.end();
    expect({ got, hasLeft: feed.hasLeft }).toEqual({ got: [1], hasLeft: true });
  });

  it('is told why there is no more, and cleans up before the writer goes on', async () => {
    const reason = new Error('interrupted');
    let seen: unknown;
    let isClean = false;
    const feed = new SampleFeed(async (stream) => {
      try {
        for await (const _ of stream);
      } catch (error) {
        seen = error;
        throw error;
      } finally {
        await turn();
        isClean = true;
      }
    });
    await feed.write(samples(1));
    await feed.abort(reason);
    expect({ seen, isClean }).toEqual({ seen: reason, isClean: true });
  });
});
