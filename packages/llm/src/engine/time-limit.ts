import { FerrumError } from '@ferrum/registry/errors';
import type { CheckedRequest } from './request.js';

/** The longest time-out that a timer takes, about 25 days. */
const longestTimer = 2 ** 31 - 1;

/**
 * Tells when a request's time is over, by `timeoutMs` or `deadline`, whichever is first.
 * @param startedAt when the caller asked, of `performance.now()`
 * @param onTimeout gets the FerrumError `Timeout`
 * @returns a function that stops the clock
 */
export function watchTimeLimit(
  { timeoutMs = Number.POSITIVE_INFINITY, deadline }: Pick<CheckedRequest, 'timeoutMs' | 'deadline'>,
  startedAt: number,
  onTimeout: (error: FerrumError) => void,
): () => void {
  const leftMs = Math.min(timeoutMs, deadline ? deadline.getTime() - Date.now() : Number.POSITIVE_INFINITY);
  if (leftMs > longestTimer) return () => {};
  const timer = setTimeout(
    () => {
      const waited = Math.round(performance.now() - startedAt);
      const message = `The generation was not finished in time (after ${waited} ms); allow more, or ask for fewer tokens.`;
      onTimeout(new FerrumError('Timeout', message));
    },
    Math.max(0, leftMs),
  );
  return () => clearTimeout(timer);
}
