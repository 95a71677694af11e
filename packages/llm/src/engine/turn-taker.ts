import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work of so many ms is done at a stretch; the event loop's delay stays near that. */
const stretchMs = 4;

/** Lets the event loop turn now and then during work that is done piece by piece. */
export class TurnTaker {
  #from = performance.now();

  /** To be called between two pieces. */
  async next(): Promise<void> {
    if (performance.now() - this.#from < stretchMs) return;
    await nextTurn();
    this.#from = performance.now();
  }
}
