import type { Priority } from '@ferrum/interfaces';
import type { LlamaContextSequence } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { SequencePool, type SlotRequest } from './sequence-pool.js';

/** A sequence that holds some tokens. */
function holding(...held: readonly number[]): LlamaContextSequence {
  const compareContextTokens = (tokens: readonly number[]) => {
    const differs = held.findIndex((token, i) => token !== tokens[i]);
    return { firstDifferentIndex: differs < 0 ? held.length : differs };
  };
  return { compareContextTokens } as unknown as LlamaContextSequence;
}

const asking = (fields: Partial<SlotRequest> = {}): SlotRequest => ({
  promptTokens: [1, 2, 3],
  salt: undefined,
  priority: 'normal',
  signal: new AbortController().signal,
  ...fields,
});

describe('a pool of sequences', () => {
  it('gives the sequence that holds most of the prompt', async () => {
    const sequences = [holding(9), holding(1, 2), holding(1)];
    const pool = new SequencePool(sequences);
    expect((await pool.acquire(asking())).sequence).toBe(sequences[1]);
    expect((await pool.acquire(asking())).sequence).toBe(sequences[2]);
  });

  it('leaves those of another salt alone, and takes what was unused for longest', async () => {
    const sequences = [holding(1, 2), holding(), holding()];
    const pool = new SequencePool(sequences);
    const first = await pool.acquire(asking());
    first.salt = 'of another';
    pool.release(first);
    const slots = [await pool.acquire(asking()), await pool.acquire(asking()), await pool.acquire(asking())];
    expect(slots.map(({ sequence }) => sequence)).toEqual([sequences[1], sequences[2], sequences[0]]);
  });

  it('serves who waits by priority, then in the order in which they came', async () => {
    const pool = new SequencePool([holding()]);
    const slot = await pool.acquire(asking());
    const order: string[] = [];
    const wait = async (name: string, priority: Priority) => {
      const mine = await pool.acquire(asking({ priority }));
      order.push(name);
      pool.release(mine);
    };
    const all = [wait('a', 'normal'), wait('b', 'low'), wait('c', 'critical'), wait('d', 'normal')];
    expect(pool.waiting).toBe(4);
    pool.release(slot);
    await Promise.all(all);
    expect(order).toEqual(['c', 'a', 'd', 'b']);
    expect(pool.waiting).toBe(0);
  });

  it('lets go of who is cancelled, waiting or not', async () => {
    const pool = new SequencePool([holding()]);
    const slot = await pool.acquire(asking());
    const controller = new AbortController();
    const waiting = pool.acquire(asking({ signal: controller.signal }));
    controller.abort(new Error('the user left'));
    await expect(waiting).rejects.toMatchObject({ code: 'Cancelled', cause: new Error('the user left') });
    expect(pool.waiting).toBe(0);
    pool.release(slot);
    await expect(pool.acquire(asking({ signal: controller.signal }))).rejects.toMatchObject({ code: 'Cancelled' });
    expect(await pool.acquire(asking())).toBe(slot);
  });
});
