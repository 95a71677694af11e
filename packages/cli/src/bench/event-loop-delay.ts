import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is asked, in ms. */
const resolution = 2;

/** How long the event loop keeps timers waiting while something runs. */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution });

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#histogram.enable();
    try {
      return await work();
    } finally {
      this.#histogram.disable();
    }
  }

  /** 99th percentile over all that was watched, in ms; null when that was too short to be seen. */
  get p99(): number | null {
    return this.#histogram.count === 0 ? null : this.#histogram.percentile(99) / 1e6 - resolution;
  }
}
