import { type Dispatcher, Pool } from 'undici';
import type { FailureKind } from './outcome.js';
import type { ServerTarget } from './server-target.js';

/** What a short request came to. */
export interface ServerReply {
  readonly status: number;
  readonly text: string;
}

/** Connections to one server. A request that finds none free opens one, so that no request waits in here. */
export class ServerClient {
  readonly target: ServerTarget;
  readonly timeoutMs: number;
  readonly #pool: Pool;

  /** @param timeoutMs Longest that a request may take in all. */
  constructor(target: ServerTarget, timeoutMs: number) {
    this.target = target;
    this.timeoutMs = timeoutMs;
    // The one time limit is our own; undici's are of parts of a request.
    this.#pool = new Pool(target.origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: timeoutMs,
    });
  }

  /**
   * Sends a request and has its answer read, both within the time limit.
   *
   * @param path `/v1/models`: what follows the prefix.
   * @throws TimeLimit; the reason of `signal`; what undici or `read` throw.
   */
  async exchange<T>(
    {
      path,
      body,
      signal,
    }: { readonly path: string; readonly body?: string | Uint8Array; readonly signal: AbortSignal },
    read: (response: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal.reason);
    const timer = setTimeout(() => controller.abort(new TimeLimit()), this.timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const response = await this.#pool.request({
        method: body === undefined ? 'GET' : 'POST',
        path: this.target.prefix + path,
        headers: { ...this.target.headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        body: body ?? null,
        signal: controller.signal,
      });
      // Whoever leaves a body early destroys it, and has been told.
      response.body.on('error', () => {});
      return await read(response);
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** @throws as `exchange`. */
  get(path: string, signal: AbortSignal): Promise<ServerReply> {
    return this.exchange({ path, signal }, async ({ statusCode, body }) => ({
      status: statusCode,
      text: await body.text(),
    }));
  }

  /** Closes every connection, also those in use. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** A request took longer than it may. */
export class TimeLimit extends Error {
  constructor() {
    super('no answer within --timeout');
    this.name = 'TimeLimit';
  }
}

/** Which failure of the network an error is. */
export function transportFailure(error: unknown): FailureKind {
  if (error instanceof TimeLimit) return 'timeOut';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
      return 'connectionRefused';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return 'connectionReset';
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'timeOut';
    default:
      return 'transport';
  }
}

/** What an error says; that of a connection to several addresses says nothing itself. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
