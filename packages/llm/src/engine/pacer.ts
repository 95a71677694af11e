import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes that are copied in about a millisecond. */
const bytesPerTurn = 4 * 1024 * 1024;

/** Lets the event loop turn now and then during long copies. */
export class Pacer {
  #bytes = 0;

  /** Says that so many bytes were copied. */
  async spent(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytes < bytesPerTurn) return;
    this.#bytes = 0;
    await nextTurn();
  }
}
