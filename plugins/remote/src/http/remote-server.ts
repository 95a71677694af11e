import { FerrumError } from '@ferrum/registry/errors';
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult } from 'cockatiel';
import { type Dispatcher, Pool } from 'undici';
import type { CheckedConfig, CheckedServer } from '../config/check-config.js';
import { version } from '../version.js';
import { type Failure, failureOf, type Outcome } from './failure.js';
import type { Candidate } from './pick-server.js';
import { readStart } from './read-body.js';
import { responseFailure } from './response-failure.js';
import type { ServerCall } from './server-call.js';

/** An answer whose head is there. Who gets it reads the body to its end, or destroys it. */
export interface ServerResponse {
  /** Of the server. */
  readonly url: string;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
}

/** One server: its connections, how it is doing, and what it is at. */
export class RemoteServer implements Candidate {
  readonly url: string;
  readonly maxConcurrent: number;
  outstanding = 0;
  lastPicked = 0;
  /** The latest, until the next request or check goes well. */
  lastFailure: FerrumError | undefined;
  #isDown = false;
  #openedAt = 0;
  #pool: Pool | undefined;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #key: string | undefined;
  readonly #breaker;

  constructor(
    private readonly server: CheckedServer,
    private readonly config: CheckedConfig,
    environment: NodeJS.ProcessEnv,
  ) {
    this.url = server.url.href.replace(/\/+$/, '');
    this.maxConcurrent = server.maxConcurrent ?? Number.POSITIVE_INFINITY;
    this.#key = keyOf(server, this.url, environment);
    this.#headers = {
      'user-agent': `ferrum-plugin-remote/${version}`,
      ...server.headers,
      ...(this.#key !== undefined && { authorization: `Bearer ${this.#key}` }),
    };
    const { consecutiveFailures, openMs } = config.circuitBreaker;
    const isFault = (outcome: unknown) => !(outcome as Outcome<unknown>).ok && (outcome as Failure).isServerFault;
    this.#breaker = circuitBreaker(handleWhenResult(isFault), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(consecutiveFailures),
    });
    this.#breaker.onBreak(() => {
      this.#openedAt = Date.now();
    });
  }

  serves(model: string): boolean {
    return this.server.models?.includes(model) ?? true;
  }

  /** Whether a request may be sent now; after a time out of use, one that tries. */
  get isAvailable(): boolean {
    return !this.#isDown && this.availableInMs === 0;
  }

  /** Until the circuit breaker lets a request through, in ms. */
  get availableInMs(): number {
    const { openMs } = this.config.circuitBreaker;
    if (this.#breaker.state === CircuitState.Closed) return 0;
    // While one request tries, others go elsewhere.
    if (this.#breaker.state === CircuitState.HalfOpen) return openMs;
    return Math.max(0, this.#openedAt + openMs - Date.now());
  }

  /**
   * Sends a request.
   * @param consume reads as much of the answer as must be there before it counts; it owns the body, and destroys it or hands it on
   * @param onEnd told once when nothing of the request is left
   */
  async attempt<T>(
    call: ServerCall,
    consume: (response: ServerResponse) => Promise<T>,
    signal: AbortSignal,
    onEnd: () => void,
  ): Promise<Outcome<T>> {
    try {
      const outcome = await this.#breaker.execute(() => this.#send(call, consume, signal, onEnd));
      if (outcome.ok) this.lastFailure = undefined;
      else if (outcome.isServerFault) this.lastFailure = outcome.error;
      return outcome;
    } catch (error) {
      // Another request tried at the same time, and failed.
      if (!(error instanceof BrokenCircuitError)) throw error;
      onEnd();
      const failure = this.lastFailure ?? new FerrumError('Network', `${this.url} is out of use.`);
      return { ok: false, error: failure, isServerFault: false, mayRetry: true };
    }
  }

  /** Asks how the server is. */
  async check(signal: AbortSignal): Promise<void> {
    const { healthCheck } = this.config;
    if (healthCheck === false) return;
    const { path, timeoutMs } = healthCheck;
    try {
      const { statusCode, body } = await this.#connections().request({
        path,
        method: 'GET',
        headers: this.#headers,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      body.on('error', () => {});
      await body.dump();
      this.#isDown = statusCode >= 500;
      if (this.#isDown) {
        this.lastFailure = new FerrumError('Backend', `${this.url}: its health check ${path} answers ${statusCode}.`);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#isDown = true;
      const message = `${this.url}: its health check ${path} failed: ${error instanceof Error ? error.message : String(error)}`;
      this.lastFailure = new FerrumError('Network', message, { cause: error });
    }
  }

  /** Closes the connections; the next request opens new ones. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  async #send<T>(
    call: ServerCall,
    consume: (response: ServerResponse) => Promise<T>,
    signal: AbortSignal,
    onEnd: () => void,
  ): Promise<Outcome<T>> {
    let response: ServerResponse | undefined;
    try {
      signal.throwIfAborted();
      const { statusCode, headers, body } = await this.#connections().request(await this.#requestOf(call, signal));
      // Who stops reading has no interest in how it ends.
      body.on('error', () => {});
      body.once('close', onEnd);
      response = { url: this.url, headers, body };
      if (statusCode === 200) return { ok: true, value: await consume(response) };
      const text = this.#withoutKey(await readStart(response));
      body.destroy();
      return { ok: false, ...responseFailure({ url: this.url, path: call.path, status: statusCode, headers, text }) };
    } catch (error) {
      if (response === undefined) onEnd();
      else response.body.destroy();
      return { ok: false, ...failureOf(error, this.url, signal) };
    }
  }

  async #requestOf({ method, path, accept, body }: ServerCall, signal: AbortSignal) {
    const { pathname } = this.server.url;
    return {
      method,
      path: `${pathname.replace(/\/+$/, '')}/${path}`,
      headers: {
        ...this.#headers,
        accept,
        ...(body && 'json' in body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: 'json' in body ? JSON.stringify(body.json, wellFormed) : await body.form() }),
      signal,
    };
  }

  #connections(): Pool {
    const { connectMs, firstByteMs, idleMs } = this.config.timeouts;
    this.#pool ??= new Pool(this.server.url.origin, {
      connect: { timeout: connectMs },
      headersTimeout: firstByteMs,
      bodyTimeout: idleMs,
    });
    return this.#pool;
  }

  /** Servers repeat what they were given. */
  #withoutKey(text: string): string {
    return this.#key === undefined ? text : text.replaceAll(this.#key, '***');
  }
}

/** Half a character is no text that UTF-8 can have, and servers fail at it. */
function wellFormed(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll(/\p{Surrogate}/gu, '\uFFFD') : value;
}

/** @throws FerrumError `Config` for a variable that is not set */
function keyOf({ apiKeyEnv }: CheckedServer, url: string, environment: NodeJS.ProcessEnv): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  const key = environment[apiKeyEnv]?.trim();
  if (key !== undefined && /^[\x21-\x7e]+$/.test(key)) return key;
  const problem = key === undefined || key === '' ? 'is not set' : 'holds characters that no key has';
  throw new FerrumError('Config', `The key of ${url} is to be in the variable ${apiKeyEnv}, which ${problem}.`, {
    details: { parameter: 'apiKeyEnv' },
  });
}
