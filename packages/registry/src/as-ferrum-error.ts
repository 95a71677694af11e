import { FerrumError } from './errors.js';
import { messageOf } from './message-of.js';

/** A FerrumError of any copy as it is; anything else as a `Backend` error that says what failed and keeps the cause. */
export function asFerrumError(thrown: unknown, what: string): FerrumError {
  if (FerrumError.isInstance(thrown)) return thrown;
  return new FerrumError('Backend', `${what}: ${messageOf(thrown)}`, { cause: thrown });
}
