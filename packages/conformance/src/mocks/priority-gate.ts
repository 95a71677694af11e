import type { Priority } from '@ferrum/interfaces';
import { abortable } from '@ferrum/registry/concurrency';

const ranks = { low: 0, normal: 1, high: 2, critical: 3 } as const;

interface Waiting {
  readonly priority: Priority;
  readonly enter: () => void;
}

/** Lets so many in at a time; the most urgent of those who wait goes first, the first to come among equals. */
export class PriorityGate {
  #inside = 0;
  #waiting: readonly Waiting[] = [];

  constructor(private readonly room: number) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @returns what lets the next one in. @throws FerrumError `Cancelled` */
  async enter(priority: Priority, signal: AbortSignal): Promise<() => void> {
    if (this.#inside >= this.room) await this.#wait(priority, signal);
    else this.#inside += 1;
    return () => this.#leave();
  }

  async #wait(priority: Priority, signal: AbortSignal): Promise<void> {
    let enter = () => {};
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    const own: Waiting = { priority, enter };
    this.#waiting = [...this.#waiting, own].sort((a, b) => ranks[b.priority] - ranks[a.priority]);
    try {
      await abortable(entered, signal, 'The generation');
    } catch (error) {
      // The place may have been given to it at the same moment.
      if (!this.#waiting.includes(own)) this.#leave();
      this.#waiting = this.#waiting.filter((waiting) => waiting !== own);
      throw error;
    }
  }

  #leave(): void {
    const [next, ...rest] = this.#waiting;
    this.#waiting = rest;
    if (next) next.enter();
    else this.#inside -= 1;
  }
}
