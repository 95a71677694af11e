import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapInOrder } from './map-in-order.js';

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('work in order', () => {
  it('gives results in the order of the items, so many at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (waits, atOnce) => {
          let running = 0;
          let most = 0;
          const work = async (wait: number, index: number) => {
            most = Math.max(most, ++running);
            await turns(wait);
            running -= 1;
            return index;
          };
          const found: number[] = [];
          for await (const index of mapInOrder(waits, atOnce, work, undefined)) found.push(index);
          expect(found).toEqual([...waits.keys()]);
          expect(most).toBe(Math.min(atOnce, waits.length));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ends the others when one fails, waits for them, and gives what came before', async () => {
    const ended: number[] = [];
    const work = async (item: number, _: number, signal: AbortSignal) => {
      if (item === 1) {
        await turns(2);
        throw new Error('item 1');
      }
      if (item > 1) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await turns(2);
      ended.push(item);
      return item;
    };
    const found: number[] = [];
    const all = async () => {
      for await (const item of mapInOrder([0, 1, 2, 3, 4], 4, work, undefined)) found.push(item);
    };
    await expect(all()).rejects.toThrow('item 1');
    expect(found).toEqual([0]);
    expect(ended.sort()).toEqual([0, 2, 3, 4]);
  });

  it('ends all when the loop over it is left, or its signal fires', async () => {
    for (const leave of ['break', 'abort']) {
      const outer = new AbortController();
      let aborted = 0;
      const work = async (item: number, _: number, signal: AbortSignal) => {
        if (item === 0) return item;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        aborted += 1;
        throw signal.reason;
      };
      const all = async () => {
        for await (const _ of mapInOrder([0, 1, 2], 3, work, outer.signal)) {
          if (leave === 'break') break;
          outer.abort(new Error('enough'));
        }
      };
      if (leave === 'break') await all();
      else await expect(all()).rejects.toThrow('enough');
      expect(aborted).toBe(2);
    }
  });
});
