import type { FastifyRequest } from 'fastify';
import { badRequest } from '../http/api-error.js';

export const sessionHeader = 'x-ferrum-session';

/** @throws FerrumError `RequestValidation` for a name with other characters, or too long. */
export function sessionOf({ headers }: FastifyRequest): string | undefined {
  const name = headers[sessionHeader];
  if (name === undefined) return undefined;
  if (typeof name === 'string' && /^[\w.:-]{1,128}$/.test(name)) return name;
  throw badRequest(
    'X-Ferrum-Session',
    'The header X-Ferrum-Session may have up to 128 letters, digits and the signs . _ : -',
  );
}
