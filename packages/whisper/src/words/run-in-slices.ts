import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfAborted } from '@ferrum/registry/errors';

/** How long the event loop may wait for one slice, in ms. */
const sliceMs = 4;

/**
 * Runs a computation that yields often, letting the event loop turn after each few ms. `what` completes "… was cancelled".
 * Throws `Cancelled` when the signal fires.
 */
export async function runInSlices<Result>(
  steps: Generator<void, Result>,
  what: string,
  signal?: AbortSignal,
): Promise<Result> {
  for (;;) {
    throwIfAborted(signal, what);
    const end = performance.now() + sliceMs;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (performance.now() < end);
    await nextTurn();
  }
}
