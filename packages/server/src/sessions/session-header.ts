import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

const name = 'x-ferrum-session';

/** Of a request that may be part of a conversation. */
export const sessionHeaders = Type.Object({
  [name]: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_.:-]{1,128}$',
      description: 'Goes on with the conversation of this name: what it has stored is put before the messages.',
    }),
  ),
});

/** The name of the conversation, if the request is part of one. */
export function sessionOf({ headers }: FastifyRequest): string | undefined {
  const given = headers[name];
  return typeof given === 'string' ? given : undefined;
}
