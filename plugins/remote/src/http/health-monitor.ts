import type { CheckedConfig } from '../config/check-config.js';
import type { RemoteServer } from './remote-server.js';

/** Asks servers how they are, every so often, while it is started. */
export class HealthMonitor {
  #timer: NodeJS.Timeout | undefined;
  #stopped = new AbortController();

  /** @param onChecked told after each round */
  constructor(
    private readonly servers: readonly RemoteServer[],
    private readonly settings: CheckedConfig['healthCheck'],
    private readonly onChecked: () => void,
  ) {}

  start(): void {
    if (this.settings === false || this.#timer !== undefined) return;
    this.#stopped = new AbortController();
    const round = () => void this.#checkAll(this.#stopped.signal);
    // The process may end while it waits.
    this.#timer = setInterval(round, this.settings.intervalMs).unref();
    round();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stopped.abort();
  }

  async #checkAll(signal: AbortSignal): Promise<void> {
    await Promise.all(this.servers.map((server) => server.check(signal)));
    if (!signal.aborted) this.onChecked();
  }
}
