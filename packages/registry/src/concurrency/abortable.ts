import { FerrumError } from '../errors.js';
import { onAbort } from './on-abort.js';

/**
 * Waits for the promise, or until one of the signals fires; the work behind the promise goes on either way.
 * @throws FerrumError `Cancelled` when a signal fires first. `what` completes "… was cancelled".
 */
export async function abortable<T>(
  promise: Promise<T>,
  given: readonly AbortSignal[] | AbortSignal | undefined,
  what: string,
): Promise<T> {
  const signals = given === undefined ? [] : [given].flat();
  let cancel: () => void = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => {
      const fired = signals.find((signal) => signal.aborted);
      if (fired !== undefined) reject(cancelledError(fired, what));
    };
  });
  cancel();
  const stops = signals.map((signal) => onAbort(signal, cancel));
  try {
    // First in the list wins when both are settled: an aborted caller wants nothing any more.
    return await Promise.race([cancelled, promise]);
  } finally {
    for (const stop of stops) stop();
  }
}

/** @throws FerrumError `Cancelled` when one of the signals has fired. */
export function throwIfAnyAborted(signals: readonly AbortSignal[], what: string): void {
  const fired = signals.find((signal) => signal.aborted);
  if (fired !== undefined) throw cancelledError(fired, what);
}

function cancelledError({ reason }: AbortSignal, what: string): FerrumError {
  const why = FerrumError.isInstance(reason) ? `: ${reason.message}` : '.';
  return new FerrumError('Cancelled', `${what} was cancelled${why}`, { cause: reason });
}
