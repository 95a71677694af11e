import { kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';

/** How long a host waits for what plugins do, in ms; Infinity: for ever. */
export interface TimeLimits {
  /** For `register()` of one plugin. Default 30 seconds. */
  readonly registrationTimeoutMs: number;
  /** For an answer of `match()`, and of a store's `inspect()`. Default 10 seconds. */
  readonly matchTimeoutMs: number;
  /** For `create()` since it last reported progress, or began. Default 10 minutes. */
  readonly openTimeoutMs: number;
  /** For an engine to close, and for a `create()` to end once its signal has fired. Default 60 seconds. */
  readonly closeTimeoutMs: number;
}

/** The defaults where nothing is given. */
export function timeLimits(given: Partial<TimeLimits>): TimeLimits {
  return {
    registrationTimeoutMs: given.registrationTimeoutMs ?? 30_000,
    matchTimeoutMs: given.matchTimeoutMs ?? 10_000,
    openTimeoutMs: given.openTimeoutMs ?? 600_000,
    closeTimeoutMs: given.closeTimeoutMs ?? 60_000,
  };
}

/** The longest delay that setTimeout takes, in ms; it fires at once for a longer one. */
const longestTimeoutMs = 2 ** 31 - 1;

/** @throws FerrumError `Config` for what is neither undefined nor a time; `where` says whose option it is. */
export function assertTimeLimit(value: unknown, where: string): void {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return;
  if (typeof value === 'number' && value >= 0 && value <= longestTimeoutMs) return;
  throw new FerrumError('Config', `${where} must be from 0 to ${longestTimeoutMs} or Infinity, not ${kindOf(value)}.`);
}
