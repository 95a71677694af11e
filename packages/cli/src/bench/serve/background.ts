import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `ask` every `intervalMs` while `work` runs, without waiting for the call before, and once more when it has ended.
 * `ask` must not reject.
 */
export async function askDuring<T>(work: () => Promise<T>, intervalMs: number, ask: () => Promise<void>): Promise<T> {
  const ended = new AbortController();
  const asked: Promise<void>[] = [];
  const asking = (async () => {
    for (let next = performance.now(); !ended.signal.aborted; ) {
      asked.push(ask());
      // A tick that was missed is left out: many at once would be a load of their own.
      const now = performance.now();
      next = Math.max(next + intervalMs, now);
      await sleep(next - now, undefined, { signal: ended.signal }).catch(() => {});
    }
    asked.push(ask());
  })();
  try {
    return await work();
  } finally {
    ended.abort();
    await asking;
    await Promise.all(asked);
  }
}
