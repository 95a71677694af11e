import { onAbort } from './on-abort.js';

/** A signal that fires when one of several does, with its reason. */
export interface EitherSignal {
  readonly signal: AbortSignal;
  /** Ends the listening: nothing is left at the several. From now on the signal fires no more. */
  readonly stop: () => void;
}

/**
 * Like `AbortSignal.any()`, which in Node 20 leaves something behind at a signal that lives on, for each call.
 * Who calls it calls `stop` when the work is over.
 */
export function eitherSignal(signals: readonly (AbortSignal | undefined)[]): EitherSignal {
  const either = new AbortController();
  const fired = signals.find((signal) => signal?.aborted);
  if (fired !== undefined) {
    either.abort(fired.reason);
    return { signal: either.signal, stop: () => {} };
  }
  const stops = signals.map((signal) =>
    onAbort(signal, () => {
      stop();
      either.abort(signal?.reason);
    }),
  );
  const stop = () => {
    for (const each of stops) each();
  };
  return { signal: either.signal, stop };
}
