import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { errorCode } from '../cache/file-system-error.js';

export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A bearer token, sent to the URL's own origin and never to where a redirect leads. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Ends with a transient `Network` error when the connection breaks or stalls; leaving the loop closes the connection. */
  body(): AsyncGenerator<Uint8Array>;
  /** Drops the connection of a response whose body nobody reads. */
  close(): void;
}

/** How long a server may take to answer. Short: an unreachable source must fall through to the next one quickly. */
const responseTimeoutMs = 8_000;
/** How long a body may stay silent. */
const stallTimeoutMs = 30_000;
const maxRedirects = 10;

/**
 * GET with redirects followed by hand, as a token must not follow them.
 * @throws FerrumError `Network` (see `isTransient`), `Cancelled`. Any status is returned, 4xx and 5xx included.
 */
export async function httpGet(request: HttpRequest): Promise<HttpResponse> {
  const origin = new URL(request.url).origin;
  let url = new URL(request.url);
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const headers = new Headers(request.headers);
    if (request.token !== undefined && url.origin === origin) headers.set('authorization', `Bearer ${request.token}`);
    const response = await fetchOnce(url, headers, request.signal);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    response.close();
    url = redirectTarget(url, location);
  }
  throw new FerrumError('Network', `${new URL(request.url).host} redirected more than ${maxRedirects} times.`);
}

/** True when the same request may work a moment later: a broken connection or a busy server, not an unreachable one. */
export function isTransient(error: unknown): boolean {
  return FerrumError.isInstance(error) && error.details.transient === true;
}

/** A `Network` error that is worth a retry. */
export function transientError(message: string, cause?: unknown): FerrumError {
  return new FerrumError('Network', message, {
    ...(cause === undefined ? {} : { cause }),
    details: { transient: true },
  });
}

/** The whole body as text. @throws FerrumError `InvalidFormat` past `limitBytes`. */
export async function readText(response: HttpResponse, limitBytes: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body()) {
    length += chunk.length;
    if (length > limitBytes) throw new FerrumError('InvalidFormat', `${what} is longer than ${limitBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function fetchOnce(url: URL, headers: Headers, signal: AbortSignal): Promise<HttpResponse> {
  throwIfAborted(signal, `The download from ${url.host}`);
  const connection = new AbortController();
  const timer = setTimeout(
    () => connection.abort(new Error(`no answer in ${responseTimeoutMs / 1000} s`)),
    responseTimeoutMs,
  );
  try {
    const response = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, connection.signal]),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: () => readBody(response, url, connection, signal),
      close: () => connection.abort(),
    };
  } catch (error) {
    throw connectionError(error, url, signal);
  } finally {
    clearTimeout(timer);
  }
}

async function* readBody(
  response: Response,
  url: URL,
  connection: AbortController,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stall = () => connection.abort(new Error(`nothing arrived for ${stallTimeoutMs / 1000} s`));
  let timer = setTimeout(stall, stallTimeoutMs);
  try {
    if (response.body === null) return;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(stall, stallTimeoutMs);
    }
  } catch (error) {
    throwIfAborted(signal, `The download from ${url.host}`);
    throw transientError(`The connection to ${url.host} broke: ${reasonOf(error)}.`, error);
  } finally {
    clearTimeout(timer);
    connection.abort();
  }
}

function redirectTarget(from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const downgrade = from.protocol === 'https:' && target?.protocol !== 'https:';
  if (target === undefined || downgrade || !/^https?:$/.test(target.protocol)) {
    throw new FerrumError(
      'Network',
      `${from.host} redirected to an address that cannot be trusted: ${location.slice(0, 200)}.`,
    );
  }
  return target;
}

function connectionError(error: unknown, url: URL, signal: AbortSignal): FerrumError {
  throwIfAborted(signal, `The download from ${url.host}`);
  const reason = reasonOf(error);
  if (/ECONNRESET|EPIPE|UND_ERR_SOCKET|other side closed/.test(reason)) {
    return transientError(`The connection to ${url.host} broke: ${reason}.`, error);
  }
  return new FerrumError('Network', `Could not reach ${url.host}: ${reason}.`, { cause: error });
}

/** `fetch failed` hides the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = errorCode(cause);
  return code === undefined || cause.message.includes(code) ? cause.message : `${code} ${cause.message}`.trim();
}
