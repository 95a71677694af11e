import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work of so many ms is done at a stretch; the event loop's delay stays near that. */
const stretchMs = 4;

/** Lets the event loop turn now and then during work that is done piece by piece. */
export class TurnTaker {
  #from = performance.now();

  constructor(private readonly longestMs = stretchMs) {}

  /** To be called between two pieces; undefined where the next can follow at once. */
  next(): Promise<void> | undefined {
    return performance.now() - this.#from < this.longestMs ? undefined : this.#turn();
  }

  async #turn(): Promise<void> {
    await nextTurn();
    this.#from = performance.now();
  }
}
