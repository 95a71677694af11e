import { throwIfAborted } from '@ferrum/registry/errors';

/** Lets so many pieces of work run at once; the others wait in their order. */
export class WorkLimit {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** @throws what the work throws; FerrumError `Cancelled` where the signal has fired by its turn. `what` completes "… was cancelled". */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      throwIfAborted(signal, what);
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
