import { FerrumError } from '../errors.js';

/** A longer timer would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** @throws FerrumError `InvalidParameter` unless it is a number of ms from 0 (which may be infinite). */
export function requireDrainTimeout(drainTimeoutMs: unknown): void {
  if (typeof drainTimeoutMs === 'number' && drainTimeoutMs >= 0) return;
  const given = JSON.stringify(drainTimeoutMs);
  throw new FerrumError('InvalidParameter', `drainTimeoutMs must be a number of ms from 0, not ${given}.`, {
    details: { parameter: 'drainTimeoutMs' },
  });
}

/** Waits until all calls have ended, well or not, but no longer than so many ms. */
export async function drain(calls: Iterable<Promise<unknown>>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(timeoutMs, longestTimer));
  });
  await Promise.race([Promise.allSettled(calls), timeout]);
  clearTimeout(timer);
}
