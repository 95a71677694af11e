import type { FerrumErrorCode, JsonValue } from '@ferrum/interfaces';

/** Shared by every copy of this module in a process, so that errors survive duplicate installs. */
const marker = Symbol.for('@ferrum/error');

const retryable: ReadonlySet<FerrumErrorCode> = new Set(['ResourceExhausted', 'Timeout', 'Network']);
const client: ReadonlySet<FerrumErrorCode> = new Set([
  'RequestValidation',
  'Auth',
  'RateLimit',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'Unsupported',
]);
const server: ReadonlySet<FerrumErrorCode> = new Set([
  'Model',
  'Backend',
  'Device',
  'Scheduler',
  'ResourceExhausted',
  'Timeout',
  'Internal',
]);

export interface FerrumErrorOptions {
  readonly cause?: unknown;
  /** Facts for programs: the parameter's name, the file, the offset … */
  readonly details?: Readonly<Record<string, JsonValue>>;
  /** When trying again may help, in ms from now. */
  readonly retryAfterMs?: number;
}

/** Every error that Ferrum throws on purpose. The message says what was wrong, where, and what to do about it. */
export class FerrumError extends Error {
  readonly code: FerrumErrorCode;
  readonly details: Readonly<Record<string, JsonValue>>;
  /** Declared only: an error that has none shows none. */
  declare readonly retryAfterMs?: number;

  constructor(code: FerrumErrorCode, message: string, options: FerrumErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'FerrumError';
    this.code = code;
    this.details = options.details ?? {};
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for a FerrumError of any installed copy; use it instead of `instanceof`. */
  static isInstance(error: unknown): error is FerrumError {
    if (typeof error !== 'object' || error === null) return false;
    try {
      // A lookalike without the two would fail whoever reports it.
      return marker in error && hasText(error, 'message') && hasText(error, 'code');
    } catch {
      return false;
    }
  }

  /** Trying the same again later may work. */
  get isRetryable(): boolean {
    return retryable.has(this.code);
  }

  /** The caller can mend it. */
  get isClientError(): boolean {
    return client.has(this.code);
  }

  /** The engine or the machine is at fault. */
  get isServerError(): boolean {
    return server.has(this.code);
  }
}

function hasText(value: object, key: string): boolean {
  return key in value && typeof value[key as keyof typeof value] === 'string';
}

/** Throws `Cancelled` when the signal has fired. `what` completes "… was cancelled". */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new FerrumError('Cancelled', `${what} was cancelled.`, { cause: signal.reason });
}
