import type { InferenceRequest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** Node.js has no longer timers. */
const longestTimer = 2 ** 31 - 1;

/** Runs the work with a signal that also fires when the request's time is over. @throws FerrumError `Timeout` then */
export async function withTimeLimit<T>(
  { timeoutMs = Number.POSITIVE_INFINITY, deadline }: InferenceRequest,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const leftMs = Math.min(timeoutMs, deadline ? deadline.getTime() - Date.now() : Number.POSITIVE_INFINITY);
  if (leftMs > longestTimer) return work(signal);
  if (leftMs <= 0) throw timeoutError();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), leftMs);
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    throw limit.signal.aborted && !signal.aborted ? timeoutError() : error;
  } finally {
    clearTimeout(timer);
  }
}

function timeoutError(): FerrumError {
  return new FerrumError('Timeout', 'The generation was not finished in time; allow more, or ask for fewer tokens.');
}
