import { FerrumError } from '@ferrum/registry/errors';

/** The longest delay that a timer takes, in ms; it fires at once for a longer one. */
const longestTimer = 2 ** 31 - 1;

/** A signal that fires when a request's time is over. */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    if (ms > longestTimer) return;
    this.#timer = setTimeout(() => this.#controller.abort(), Math.max(0, ms));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws FerrumError `Timeout` */
  require(): void {
    if (!this.signal.aborted) return;
    const message = 'The generation was not finished in time; allow more, or ask for fewer tokens.';
    throw new FerrumError('Timeout', message);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
