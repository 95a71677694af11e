import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withinTime } from './within-time.js';

describe('withinTime', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const late = (): Error => new Error('too late');
  const after = (ms: number, outcome: () => string): Promise<string> =>
    new Promise((resolve, reject) =>
      setTimeout(() => {
        try {
          resolve(outcome());
        } catch (error) {
          reject(error);
        }
      }, ms),
    );
  const fails = (): string => {
    throw new Error('no');
  };

  it('gives what the promise gives when that is in time, and leaves no timer', async () => {
    expect(await withinTime(Promise.resolve('at once'), 0, late)).toBe('at once');
    await expect(withinTime(Promise.reject(new Error('no')), 0, late)).rejects.toThrow('no');
    const waiting = withinTime(
      after(99, () => 'soon'),
      100,
      late,
    );
    await vi.advanceTimersByTimeAsync(99);
    expect(await waiting).toBe('soon');
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([[() => 'later'], [fails]])('fails with what it is told when the time is over first', async (outcome) => {
    const waiting = withinTime(after(101, outcome), 100, late).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(await waiting).toMatchObject({ message: 'too late' });
    // A late failure is nobody's unhandled rejection.
    await vi.advanceTimersByTimeAsync(1);
  });

  it('waits as long as it takes with an infinite time', async () => {
    const waiting = withinTime(
      after(2 ** 31 - 1, () => 'at last'),
      Number.POSITIVE_INFINITY,
      late,
    );
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(2 ** 31 - 1);
    expect(await waiting).toBe('at last');
  });
});
