import { FerrumError } from '../errors.js';
import { eitherSignal } from './either-signal.js';

/** When a request is to be over, whichever is first. */
export interface RequestTimeLimit {
  /** In ms. */
  readonly timeoutMs?: number | undefined;
  readonly deadline?: Date | undefined;
}

/** The longest delay that setTimeout takes, in ms; it fires at once for a longer one. */
const longestTimer = 2 ** 31 - 1;

/**
 * Does work that may take only so long, everything included: waiting, attempts, and reading the answer.
 * @throws FerrumError `Timeout` when its time is over
 */
export async function withDeadline<T>(
  { timeoutMs = Number.POSITIVE_INFINITY, deadline }: RequestTimeLimit,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ms = Math.min(timeoutMs, deadline === undefined ? Number.POSITIVE_INFINITY : deadline.getTime() - Date.now());
  if (ms > longestTimer) return work(signal);
  const over = new AbortController();
  const either = eitherSignal([signal, over.signal]);
  const timer = setTimeout(() => over.abort(), ms);
  try {
    if (ms <= 0) throw timedOut();
    return await work(either.signal);
  } catch (error) {
    if (over.signal.aborted && !signal.aborted) throw timedOut(error);
    throw error;
  } finally {
    clearTimeout(timer);
    either.stop();
  }
}

function timedOut(cause?: unknown): FerrumError {
  return new FerrumError('Timeout', 'The request took longer than its timeoutMs or deadline allows.', { cause });
}
