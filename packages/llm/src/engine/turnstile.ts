import { FerrumError } from '@ferrum/registry/errors';

/** Lets one in at a time, first come first served; only so many may wait. */
export class Turnstile {
  readonly #waiting: { readonly enter: () => void }[] = [];
  #isBusy = false;

  constructor(private readonly maxWaiting: number) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a turn.
   * @returns a function that ends the turn
   * @throws FerrumError `ResourceExhausted` when too many wait, `Cancelled` when the signal fires first.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#isBusy) await this.#wait(signal);
    else if (signal.aborted) throw cancelled(signal);
    this.#isBusy = true;
    return () => {
      const next = this.#waiting.shift();
      // The turn passes on without a gap that a newcomer could slip into.
      if (next) next.enter();
      else this.#isBusy = false;
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled(signal);
    if (this.#waiting.length >= this.maxWaiting) {
      throw new FerrumError(
        'ResourceExhausted',
        `${this.maxWaiting} requests are waiting already; try again when some have finished.`,
        { retryAfterMs: 1000 },
      );
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(cancelled(signal));
      };
      const entry = {
        enter: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(entry);
    });
  }
}

function cancelled(signal: AbortSignal): FerrumError {
  return new FerrumError('Cancelled', 'The generation was cancelled before it began.', { cause: signal.reason });
}
