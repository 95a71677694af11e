import { throwIfAborted } from '@ferrum/registry/errors';

/** Waits for the promise or until the signal fires; the work behind it goes on. @throws FerrumError `Cancelled`. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
  throwIfAborted(signal, what);
  if (!signal) return promise;
  let onAbort: () => void = () => {};
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return (await Promise.race([promise, aborted.then(() => throwIfAborted(signal, what))])) as T;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
