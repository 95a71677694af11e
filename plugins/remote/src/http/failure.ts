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

/** Of an answer that was partly passed on: nothing goes on where it broke off. */
export const startsAnew = 'Asking again starts anew.';

/** What an answer ended with of which a part was passed on. */
export function brokenOff(thrown: unknown, url: string, signal: AbortSignal): FerrumError {
  return failureOf(thrown, url, signal, 'stream').error;
}

/**
 * What a request ended with that had no whole answer.
 * @param within of which part had come: nothing, some of an answer that is used as a whole, or of one that is passed on piece by piece
 */
export function failureOf(
  thrown: unknown,
  url: string,
  signal: AbortSignal,
  within?: 'answer' | 'stream' | undefined,
): Failure {
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
  const problem = within === undefined ? 'cannot be reached' : 'broke off in the middle of its answer';
  const message = `${url} ${problem}: ${why}${within === 'stream' ? ` ${startsAnew}` : ''}`;
  return { error: because('Network', message), isServerFault: true, mayRetry: true };
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
