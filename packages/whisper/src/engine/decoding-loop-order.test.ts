import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Continuation, RowLogits, Search } from '../search/search.js';
import { fingerprint, recordingRunner } from '../testing/recording-runner.js';
import { DecodingLoop } from './decoding-loop.js';

interface Caller {
  readonly width: number;
  readonly prompt: number;
  readonly steps: number;
  readonly searches: number;
  /** Turns after which it is aborted, if it is. */
  readonly abort: number | undefined;
}

/** Goes on in random ways, and looks whether what it is given belongs to its own texts. */
class CheckingSearch implements Search {
  readonly results = [];
  #texts: (readonly number[])[];
  #step = 0;

  constructor(
    private readonly heard: number,
    prompt: readonly number[],
    readonly width: number,
    private readonly steps: number,
    private readonly random: () => number,
  ) {
    this.#texts = [prompt];
  }

  next(rows: readonly RowLogits[]): readonly Continuation[] {
    expect(rows.map(({ logits }) => logits[0])).toEqual(this.#texts.map((text) => fingerprint(this.heard, text)));
    if (this.#step++ >= this.steps) return [];
    const count = 1 + Math.floor(this.random() * this.width);
    const next = Array.from({ length: count }, () => ({
      parent: Math.floor(this.random() * this.#texts.length),
      token: Math.floor(this.random() * 3),
    }));
    this.#texts = next.map(({ parent, token }) => [...(this.#texts[parent] as number[]), token]);
    return next;
  }
}

const caller: fc.Arbitrary<Caller> = fc.record({
  width: fc.integer({ min: 1, max: 5 }),
  prompt: fc.integer({ min: 1, max: 6 }),
  steps: fc.nat(12),
  searches: fc.integer({ min: 1, max: 3 }),
  abort: fc.option(fc.nat(60), { nil: undefined, freq: 3 }),
});

async function call(loop: DecodingLoop, number: number, wish: Caller, random: () => number): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  if (wish.abort !== undefined) abortAfterTurns(controller, wish.abort);
  const window = await loop.encode(Float32Array.of(number), signal, 'Hearing');
  try {
    for (let count = 0; count < wish.searches; count++) {
      const tokens = Array.from({ length: wish.prompt }, () => Math.floor(random() * 3));
      const [first] = await loop.prompt(window, tokens, [0], signal, 'Reading');
      expect(first?.logits[0]).toBe(fingerprint(number, tokens.slice(0, 1)));
      const search = new CheckingSearch(number, tokens, wish.width, wish.steps, random);
      await loop.search(window, { tokens }, search, signal, 'Searching');
    }
  } finally {
    loop.release(window);
  }
}

function abortAfterTurns(controller: AbortController, turns: number): void {
  if (turns === 0) controller.abort();
  else setImmediate(() => abortAfterTurns(controller, turns - 1));
}

describe('the decoding loop, of many callers who come and go', () => {
  it('gives each what belongs to its own window and texts, and lets everything go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(caller, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 5, max: 9 }),
        fc.constantFrom(0, 0, 0.05),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        async (callers, maxWindows, maxRows, failures, numbers) => {
          const random = () => numbers.next().value as number;
          const runner = recordingRunner(maxWindows, maxRows, () => failures > 0 && random() < failures);
          const loop = new DecodingLoop(runner);
          const calls = callers.map((wish, number) => call(loop, number, wish, random));
          const outcomes = await Promise.allSettled(calls);
          await loop.idle();
          expect([loop.activeWindows, loop.waitingWindows]).toEqual([0, 0]);
          for (const [index, outcome] of outcomes.entries()) {
            if (outcome.status === 'fulfilled') continue;
            const { code, message } = outcome.reason as { code?: string; message: string };
            if (callers[index]?.abort !== undefined && code === 'Cancelled') continue;
            if (failures > 0 && message === 'no more memory') continue;
            throw outcome.reason;
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 30_000);

  it('tells the searches when a window cannot be moved', async () => {
    const runner = recordingRunner(3, 5);
    runner.copyWindow = () => Promise.reject(new Error('no more memory'));
    const loop = new DecodingLoop(runner);
    const heard = [0, 1, 2].map((n) => loop.encode(Float32Array.of(n), undefined, 'Hearing'));
    const [first, gap, last] = await Promise.all(heard);
    if (!first || !gap || !last) throw new Error('nothing was heard');
    loop.release(gap);
    const outcomes = await Promise.allSettled(
      [first, last].map((window) => {
        const search = new CheckingSearch(window.slot, [1], 1, 3, () => 0);
        return loop.search(window, { tokens: [1] }, search, undefined, 'Searching');
      }),
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    loop.release(first);
    loop.release(last);
    await loop.idle();
    expect(loop.activeWindows).toBe(0);
  });

  it('begins as many searches in a round as there is room for', async () => {
    const runner = recordingRunner(2, 10);
    const step = runner.step;
    const rows: number[] = [];
    runner.step = (given) => {
      rows.push(given.length);
      return step(given);
    };
    const loop = new DecodingLoop(runner);
    const windows = await Promise.all([0, 1].map((n) => loop.encode(Float32Array.of(n), undefined, 'Hearing')));
    // A random number below 1 of width 5 gives 5 rows.
    const almostOne = () => 0.999;
    await Promise.all(
      windows.map((window, number) =>
        loop.search(window, { tokens: [1] }, new CheckingSearch(number, [1], 5, 3, almostOne), undefined, 'Searching'),
      ),
    );
    for (const window of windows) loop.release(window);
    expect(rows).toEqual([10, 10, 10]);
  });
});
