import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workAhead } from './work-ahead.js';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function* valuesOf(count: number): AsyncGenerator<number, void, undefined> {
  for (let value = 0; value < count; value += 1) yield value;
}

describe('work on values of a source', () => {
  it('gives them in order, however long each takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3)), fc.integer({ min: 1, max: 4 }), async (turns, ahead) => {
        let atOnce = 0;
        const work = async (value: number) => {
          atOnce += 1;
          expect(atOnce).toBeLessThanOrEqual(ahead);
          for (let turn = 0; turn < (turns[value] as number); turn += 1) await settled();
          atOnce -= 1;
          return 10 * value;
        };
        const found: (readonly [number, number])[] = [];
        for await (const one of workAhead(valuesOf(turns.length), work, ahead, never)) found.push(one);
        expect(found).toEqual(turns.map((_, value) => [value, 10 * value]));
      }),
      { numRuns: 40 },
    );
  });

  it('reads no further than it works ahead of the reader', async () => {
    const begun: number[] = [];
    const work = async (value: number) => void begun.push(value);
    const results = workAhead(valuesOf(10), work, 2, never);
    await results.next();
    for (let turn = 0; turn < 5; turn += 1) await settled();
    // One was taken, two are ready.
    expect(begun).toEqual([0, 1, 2]);
    await results.next();
    await settled();
    expect(begun).toEqual([0, 1, 2, 3]);
    await results.return();
  });

  it('gives what is ready while the source is slow', async () => {
    let goOn = () => {};
    const more = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* source() {
      yield 1;
      await more;
      yield 2;
    }
    const results = workAhead(source(), async (value) => value, 4, never);
    expect((await results.next()).value).toEqual([1, 1]);
    const second = results.next();
    goOn();
    expect((await second).value).toEqual([2, 2]);
    expect((await results.next()).done).toBe(true);
  });

  it('fails when the turn of what failed comes, not before', async () => {
    const work = async (value: number) => {
      if (value === 1) throw new Error('no');
      await settled();
      return value;
    };
    const results = workAhead(valuesOf(4), work, 4, never);
    expect((await results.next()).value).toEqual([0, 0]);
    await expect(results.next()).rejects.toThrow('no');
    expect((await results.next()).done).toBe(true);
  });

  it('gives all that came before the source failed', async () => {
    async function* source() {
      yield 1;
      yield 2;
      throw new Error('the text broke off');
    }
    const found: number[] = [];
    const all = async () => {
      for await (const [value] of workAhead(source(), async (value) => value, 2, never)) found.push(value);
    };
    await expect(all()).rejects.toThrow('the text broke off');
    expect(found).toEqual([1, 2]);
  });

  it.each(['the source', 'the work'])('ends at once when the signal fires while %s takes for ever', async (which) => {
    const stop = new AbortController();
    const forEver = new Promise<never>(() => {});
    let isOver = false;
    async function* source() {
      try {
        yield 1;
        if (which === 'the source') await forEver;
        yield 2;
        yield 3;
      } finally {
        isOver = true;
      }
    }
    const work = (value: number) => (which === 'the work' && value > 1 ? forEver : Promise.resolve(value));
    const results = workAhead(source(), work, 2, stop.signal);
    expect((await results.next()).value).toEqual([1, 1]);
    const next = results.next();
    await settled();
    stop.abort();
    await expect(next).rejects.toMatchObject({ code: 'Cancelled' });
    await settled();
    if (which === 'the work') expect(isOver).toBe(true);
  });

  it('ends the source when the reader leaves', async () => {
    let isOver = false;
    async function* source() {
      try {
        for (;;) yield 1;
      } finally {
        isOver = true;
      }
    }
    for await (const _ of workAhead(source(), async (value) => value, 2, never)) break;
    await settled();
    expect(isOver).toBe(true);
  });
});
