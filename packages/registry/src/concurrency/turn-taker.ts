import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfAborted } from '../errors.js';

export interface TurnTakerOptions {
  /** Work of so many ms is done at a stretch; the event loop's delay stays near that. Default 4. */
  readonly stretchMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** For people, completes "… was cancelled". */
  readonly what?: string;
}

/** Lets the event loop turn now and then during work that is done piece by piece, and ends it once the signal has fired. */
export class TurnTaker {
  #from = performance.now();

  constructor(private readonly options: TurnTakerOptions = {}) {}

  /** To be called between two pieces; undefined where the next can follow at once. @throws FerrumError `Cancelled`. */
  next(): Promise<void> | undefined {
    return performance.now() - this.#from < (this.options.stretchMs ?? 4) ? undefined : this.#turn();
  }

  async #turn(): Promise<void> {
    const { signal, what = 'The work' } = this.options;
    await nextTurn();
    throwIfAborted(signal, what);
    this.#from = performance.now();
  }
}
