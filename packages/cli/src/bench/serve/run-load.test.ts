import { setTimeout as sleep } from 'node:timers/promises';
import { mersenne } from 'pure-rand/generator/mersenne';
import { describe, expect, it } from 'vitest';
import type { Outcome } from './outcome.js';
import { runLoad } from './run-load.js';

const completed: Outcome = { type: 'completed', trace: { pieceMs: [1], endMs: 2, text: 'a' } };
const common = { random: mersenne(1), signal: new AbortController().signal };

/** Clients that each take a moment, and how many of them there were. */
function countingTurn() {
  const counts = { taken: 0, now: 0, most: 0, starts: [] as number[] };
  const turn = async (startMs: number) => {
    counts.taken += 1;
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    counts.starts.push(startMs);
    await sleep(2);
    counts.now -= 1;
    return completed;
  };
  return { counts, turn };
}

describe('a closed loop', () => {
  it('has so many clients at a time, and sends so many requests', async () => {
    const { counts, turn } = countingTurn();
    const load = { type: 'closed', concurrency: 3 } as const;
    const { outcomes, elapsedMs } = await runLoad({ ...common, load, extent: { requests: 10 }, turn });
    expect(counts).toMatchObject({ taken: 10, most: 3 });
    expect(outcomes).toHaveLength(10);
    expect(elapsedMs).toBeGreaterThan(0);
  });

  it('has no more clients than requests', async () => {
    const { counts, turn } = countingTurn();
    const load = { type: 'closed', concurrency: 8 } as const;
    await runLoad({ ...common, load, extent: { requests: 2 }, turn });
    expect(counts).toMatchObject({ taken: 2, most: 2 });
  });

  it('ends with the signal, also while a client waits, and leaves out what was interrupted', async () => {
    const interruption = new AbortController();
    let taken = 0;
    const turn = async (): Promise<Outcome> => {
      await sleep(1);
      taken += 1;
      if (taken === 1) return completed;
      if (taken === 2) {
        setImmediate(() => interruption.abort());
        return { type: 'refused', retryAfterSeconds: 50 };
      }
      return { type: 'interrupted' };
    };
    const load = { type: 'closed', concurrency: 2 } as const;
    const options = { ...common, signal: interruption.signal, load, extent: { durationMs: 60_000 } };
    const { outcomes } = await runLoad({ ...options, turn });
    expect(outcomes.filter(({ type }) => type === 'refused')).toHaveLength(1);
    expect(outcomes.some(({ type }) => type === 'interrupted')).toBe(false);
  });
});

describe('an open loop', () => {
  it('waits for nobody, and tells each request when it was meant to be sent', async () => {
    const { counts, turn } = countingTurn();
    const load = { type: 'open', ratePerSecond: 100_000 } as const;
    await runLoad({ ...common, load, extent: { requests: 200 }, turn });
    expect(counts.taken).toBe(200);
    expect(counts.most).toBeGreaterThan(1);
    const [first = 0] = counts.starts;
    const last = counts.starts.at(-1) ?? 0;
    expect(counts.starts).toEqual([...counts.starts].sort((one, other) => one - other));
    // 199 gaps of 0.01 ms in the mean, whatever the clients took; six standard deviations.
    expect(Math.abs(last - first - 1.99)).toBeLessThan(6 * 0.01 * Math.sqrt(199));
  });

  it('sends what arrives within its duration', async () => {
    const { counts, turn } = countingTurn();
    const load = { type: 'open', ratePerSecond: 1000 } as const;
    await runLoad({ ...common, load, extent: { durationMs: 100 }, turn });
    // 100 in the mean, with the variance of a Poisson distribution.
    expect(Math.abs(counts.taken - 100)).toBeLessThan(6 * Math.sqrt(100));
  });
});
