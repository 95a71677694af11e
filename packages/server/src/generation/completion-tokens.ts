import { badRequest } from '../http/api-error.js';

/**
 * Longest answer: what was asked for, else what the operator allows, else what is left of the context.
 * @throws FerrumError `RequestValidation` for more than the operator allows.
 */
export function completionTokens(asked: number | null | undefined, allowed: number | undefined, param: string): number {
  if (asked == null) return allowed ?? unlimited;
  if (allowed !== undefined && asked > allowed) {
    throw badRequest(param, `\`${param}\` is ${asked}, but this server gives at most ${allowed} tokens.`);
  }
  return asked;
}

/** Engines cut it to the context. */
const unlimited = 2 ** 31 - 1;
