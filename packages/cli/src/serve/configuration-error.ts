import { FerrumError } from '@ferrum/registry/errors';

/** What an operator has set cannot be: `details.setting` tells programs so, and the exit code. */
export function configurationError(message: string, setting: string | null = null, cause?: unknown): FerrumError {
  return new FerrumError('Config', message, { ...(cause !== undefined && { cause }), details: { setting } });
}
