import { throwIfAborted } from '../errors.js';
import { abortable } from './abortable.js';

/** Lets so many pieces of work run at once; the others wait in their order. */
export class WorkLimit {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** @throws what the work throws; FerrumError `Cancelled` where the signal fires before its turn. `what` completes "… was cancelled". */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
    throwIfAborted(signal, what);
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal, what);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #turn(signal: AbortSignal | undefined, what: string): Promise<void> {
    let take: () => void = () => {};
    const turn = new Promise<void>((resolve) => {
      take = resolve;
    });
    this.#waiting.push(take);
    try {
      await abortable(turn, signal, what);
    } catch (error) {
      const place = this.#waiting.indexOf(take);
      // Its turn may have come in the moment in which the signal fired.
      if (place < 0) this.#pass();
      else this.#waiting.splice(place, 1);
      throw error;
    }
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
