import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '@ferrum/registry/errors';
import { isTransient } from './http-request.js';

const attempts = 5;
const firstDelayMs = 300;

/**
 * Runs `action` again after transient errors, waiting longer each time (0.3, 0.6, 1.2, 2.4 s, up to a quarter less by
 * chance). Progress, as `progress()` counts it, starts the count anew.
 */
export async function retryTransient<T>(
  action: () => Promise<T>,
  options: { readonly signal: AbortSignal; readonly what: string; readonly progress?: () => number },
): Promise<T> {
  let furthest = options.progress?.() ?? 0;
  for (let failures = 0; ; ) {
    try {
      return await action();
    } catch (error) {
      const reached = options.progress?.() ?? 0;
      failures = reached > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, reached);
      if (!isTransient(error) || failures >= attempts) throw error;
    }
    const delayMs = firstDelayMs * 2 ** (failures - 1) * (1 - Math.random() / 4);
    await sleep(delayMs, undefined, { signal: options.signal }).catch(() => undefined);
    throwIfAborted(options.signal, options.what);
  }
}
