import { eitherSignal } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult } from 'cockatiel';
import { type Dispatcher, Pool } from 'undici';
import type { CheckedConfig, CheckedServer } from '../config/check-config.js';
import { version } from '../version.js';
import { type Failure, failureOf, invalidAnswer, type Outcome } from './failure.js';
import { KeyFilter } from './key-filter.js';
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
  /** Servers repeat what they were given. */
  readonly keys: KeyFilter;
  #isDown = false;
  #openedAt = 0;
  #pool: Pool | undefined;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #breaker;

  constructor(
    private readonly server: CheckedServer,
    private readonly config: CheckedConfig,
    environment: NodeJS.ProcessEnv,
  ) {
    this.url = server.url.href.replace(/\/+$/, '');
    this.maxConcurrent = server.maxConcurrent ?? Number.POSITIVE_INFINITY;
    const key = keyOf(server, this.url, environment);
    this.keys = new KeyFilter(key === undefined ? [] : [key]);
    this.#headers = {
      'user-agent': `ferrum-plugin-remote/${version}`,
      ...server.headers,
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
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
    // The breaker would let it wait for the one that tries, and hear no signal meanwhile.
    if (this.#breaker.state === CircuitState.HalfOpen) return this.#refuse(onEnd);
    const isTrial = this.#breaker.state === CircuitState.Open;
    try {
      return await this.#breaker.execute(async () => {
        const outcome = await this.#send(call, consume, signal, onEnd);
        if (outcome.ok) {
          this.lastFailure = undefined;
          return outcome;
        }
        const error = this.keys.error(outcome.error);
        if (outcome.isServerFault) this.lastFailure = error;
        // A trial that was called off shows nothing, so the server stays out of use.
        return { ...outcome, error, isServerFault: outcome.isServerFault || (isTrial && error.code === 'Cancelled') };
      });
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      return this.#refuse(onEnd);
    }
  }

  /** Another request tries at the same time, or has just failed. */
  #refuse(onEnd: () => void): Failure & { readonly ok: false } {
    onEnd();
    const { lastFailure } = this;
    const why = lastFailure === undefined ? '.' : `: ${lastFailure.message}`;
    const error = new FerrumError('Network', `${this.url} is out of use${why}`, { cause: lastFailure });
    return { ok: false, error, isServerFault: false, mayRetry: true };
  }

  /** Asks how the server is. */
  async check(signal: AbortSignal): Promise<void> {
    const { healthCheck } = this.config;
    if (healthCheck === false) return;
    const { path, timeoutMs } = healthCheck;
    const either = eitherSignal([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const { statusCode, body } = await this.#connections().request({
        path,
        method: 'GET',
        headers: this.#headers,
        signal: either.signal,
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
      this.lastFailure = this.keys.error(new FerrumError('Network', message, { cause: error }));
    } finally {
      either.stop();
    }
  }

  /** Closes the connections; the next request opens new ones. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    // Nobody checks any more, so it may be well when it is next needed.
    this.#isDown = false;
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
      if (statusCode === 200) {
        requirePlain(response);
        return { ok: true, value: await consume(response) };
      }
      const text = this.keys.text(await readStart(response));
      body.destroy();
      return { ok: false, ...responseFailure({ url: this.url, path: call.path, status: statusCode, headers, text }) };
    } catch (error) {
      if (response === undefined) onEnd();
      else response.body.destroy();
      return { ok: false, ...failureOf(error, this.url, signal, response && 'answer') };
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
}

/** @throws FerrumError `Backend` for a body that is packed, which was not asked for */
function requirePlain({ url, headers }: ServerResponse): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw invalidAnswer(url, `answers with content-encoding ${encoding}, unasked.`);
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
  // Some keys could be the name of a variable, too.
  const variable = /^[A-Z0-9_]{1,64}$/.test(apiKeyEnv) ? apiKeyEnv : 'that apiKeyEnv names';
  throw new FerrumError('Config', `The key of ${url} is to be in the variable ${variable}, which ${problem}.`, {
    details: { parameter: 'apiKeyEnv' },
  });
}
