import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { ExponentialBackoff } from 'cockatiel';
import type { CheckedConfig } from '../config/check-config.js';
import { failureOf } from './failure.js';
import { HealthMonitor } from './health-monitor.js';
import { pickServer } from './pick-server.js';
import { RemoteServer, type ServerResponse } from './remote-server.js';
import type { ServerCall } from './server-call.js';

interface Waiter {
  readonly candidates: () => readonly RemoteServer[];
  readonly wake: (server: RemoteServer | undefined) => void;
  readonly model: string;
}

/** The servers of a configuration, shared by its engines: each request goes to the one that has least to do. */
export class ServerGroup {
  readonly servers: readonly RemoteServer[];
  readonly #monitor: HealthMonitor;
  readonly #waiters = new Set<Waiter>();
  #turn = 0;
  #holders = 0;

  /** @throws FerrumError `Config` for a key that the environment does not have */
  constructor(
    readonly config: CheckedConfig,
    environment: NodeJS.ProcessEnv,
  ) {
    this.servers = config.servers.map((server) => new RemoteServer(server, config, environment));
    this.#monitor = new HealthMonitor(this.servers, config.healthCheck, () => this.#wakeWaiters());
  }

  serversOf(model: string): readonly RemoteServer[] {
    return this.servers.filter((server) => server.serves(model));
  }

  /** The error without the keys of the servers. */
  withoutKeys(error: FerrumError): FerrumError {
    return this.servers.reduce((clean, { keys }) => keys.error(clean), error);
  }

  /** Requests that wait for a server to have room. */
  waiting(model: string): number {
    return [...this.#waiters].filter((waiter) => waiter.model === model).length;
  }

  /** Keeps the servers watched and connected. @returns what lets go; the last to do so ends checks and connections */
  hold(): () => Promise<void> {
    this.#holders += 1;
    this.#monitor.start();
    let isHeld = true;
    return async () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders -= 1;
      if (this.#holders > 0) return;
      this.#monitor.stop();
      await Promise.all(this.servers.map((server) => server.close()));
    };
  }

  /**
   * Sends a request, again where that is safe, to another server first.
   * @param consume reads as much of the answer as must be there before it counts, after which nothing is tried again
   * @throws FerrumError of the last attempt; `Network` when every server is out of use; `Cancelled`
   */
  async run<T>(call: ServerCall, signal: AbortSignal, consume: (response: ServerResponse) => Promise<T>): Promise<T> {
    const { attempts, initialDelayMs, maxDelayMs } = this.config.retry;
    // One signal ends many requests at once; from the eleventh on, Node would warn of a leak.
    setMaxListeners(0, signal);
    let backoff = new ExponentialBackoff({ initialDelay: initialDelayMs, maxDelay: maxDelayMs }).next();
    const tried = new Set<RemoteServer>();
    for (let attempt = 1; ; attempt += 1) {
      const server = await this.#acquire(call.model, tried, signal);
      const outcome = await server.attempt(call, consume, signal, this.#releaseOf(server));
      if (outcome.ok) return outcome.value;
      const { error, mayRetry } = outcome;
      if (!mayRetry || attempt >= attempts) throw attempt === 1 ? error : afterAttempts(error, attempt);
      tried.add(server);
      if (this.serversOf(call.model).some((other) => other.isAvailable && !tried.has(other))) continue;
      const { retryAfterMs = 0 } = error;
      if (retryAfterMs > maxDelayMs) throw error;
      await this.#wait(Math.max(backoff.duration, retryAfterMs), server, signal);
      backoff = backoff.next(undefined);
      tried.clear();
    }
  }

  async #wait(ms: number, { url }: RemoteServer, signal: AbortSignal): Promise<void> {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      throw failureOf(error, url, signal).error;
    }
  }

  /** The server that is to have the request, which is counted there from now on. */
  async #acquire(model: string, tried: ReadonlySet<RemoteServer>, signal: AbortSignal): Promise<RemoteServer> {
    const candidates = () => this.serversOf(model).filter((server) => server.isAvailable && !tried.has(server));
    const picked = this.#take(candidates());
    if (picked !== undefined) return picked;
    if (candidates().length === 0) throw this.#outOfUse(model);
    const server = await this.#queue(model, candidates, signal);
    if (server !== undefined) return server;
    if (signal.aborted) throw failureOf(signal.reason, 'a server', signal).error;
    throw this.#outOfUse(model);
  }

  #take(candidates: readonly RemoteServer[]): RemoteServer | undefined {
    const server = pickServer(candidates);
    if (server === undefined) return undefined;
    this.#turn += 1;
    server.lastPicked = this.#turn;
    server.outstanding += 1;
    return server;
  }

  #queue(model: string, candidates: Waiter['candidates'], signal: AbortSignal): Promise<RemoteServer | undefined> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        model,
        candidates,
        wake: (server) => {
          stop();
          this.#waiters.delete(waiter);
          resolve(server);
        },
      };
      const stop = onAbort(signal, () => waiter.wake(undefined));
      this.#waiters.add(waiter);
    });
  }

  #releaseOf(server: RemoteServer): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      server.outstanding -= 1;
      this.#wakeWaiters();
    };
  }

  /** In the order they came; one that no server is left for hears so. */
  #wakeWaiters(): void {
    for (const waiter of [...this.#waiters]) {
      const candidates = waiter.candidates();
      const server = this.#take(candidates);
      if (server !== undefined || candidates.length === 0) waiter.wake(server);
    }
  }

  #outOfUse(model: string): FerrumError {
    const servers = this.serversOf(model);
    const lines = servers.map(({ url, lastFailure }) => `- ${url}: ${lastFailure?.message ?? 'no failure is known'}`);
    const retryAfterMs = Math.min(...servers.map(({ availableInMs }) => availableInMs));
    return new FerrumError('Network', [`No server that has ${model} is in use now:`, ...lines].join('\n'), {
      details: { model, servers: servers.map(({ url }) => url) },
      ...(retryAfterMs > 0 && Number.isFinite(retryAfterMs) && { retryAfterMs }),
      ...(servers[0]?.lastFailure && { cause: servers[0].lastFailure }),
    });
  }
}

function afterAttempts(error: FerrumError, attempts: number): FerrumError {
  const { code, message, details, retryAfterMs } = error;
  return new FerrumError(code, `${message} It was tried ${attempts} times.`, {
    cause: error,
    details: { ...details, attempts },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
