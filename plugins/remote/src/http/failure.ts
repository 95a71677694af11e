import { FerrumError } from '@ferrum/registry/errors';

/** Why a request got no answer from a server. */
export interface Failure {
  readonly error: FerrumError;
  /** Whether the circuit breaker counts it. */
  readonly isServerFault: boolean;
  /** Whether it may be sent again: nothing of an answer was used, and no server still works on it. */
  readonly mayRetry: boolean;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Failure);

/** What a server said that no server should say. @param url of the server */
export function invalidAnswer(url: string, message: string): FerrumError {
  return new FerrumError('Backend', `${url} ${message}`);
}

/** What a request ended with that had no whole answer. */
export function failureOf(thrown: unknown, url: string, signal: AbortSignal): Failure {
  if (signal.aborted) {
    const { reason } = signal;
    const why = FerrumError.isInstance(reason) ? `: ${reason.message}` : '.';
    return {
      error: new FerrumError('Cancelled', `The request to ${url} was cancelled${why}`, { cause: reason }),
      isServerFault: false,
      mayRetry: false,
    };
  }
  // Of what was sent, or of what came back.
  if (FerrumError.isInstance(thrown)) {
    return { error: thrown, isServerFault: thrown.code === 'Backend', mayRetry: false };
  }
  const code = codeOf(thrown);
  const why = reasonOf(thrown, code);
  const because = (name: 'Network' | 'Timeout' | 'Backend', message: string) =>
    new FerrumError(name, message, { cause: thrown, details: { url, ...(code && { errno: code }) } });
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    const part = code === 'UND_ERR_HEADERS_TIMEOUT' ? 'did not begin to answer (firstByteMs)' : 'fell silent (idleMs)';
    return { error: because('Timeout', `${url} ${part}.`), isServerFault: true, mayRetry: false };
  }
  // Undici's error of its parser seldom has a code.
  if ((thrown instanceof Error && thrown.name === 'HTTPParserError') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { error: because('Backend', `${url} does not speak HTTP: ${why}`), isServerFault: true, mayRetry: false };
  }
  return { error: because('Network', `${url} cannot be reached: ${why}`), isServerFault: true, mayRetry: true };
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

function reasonOf(thrown: unknown, code: string | undefined): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // Of several addresses that were tried, the message is empty.
  return message === '' ? `${code ?? 'no reason was given'}.` : `${message.replace(/\.$/, '')}.`;
}
