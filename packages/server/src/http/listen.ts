import { lookup } from 'node:dns/promises';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyInstance } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';

/**
 * On one address: for a name with several Fastify would open servers of its own, which know nothing of our limits.
 * @returns the URL, with the port that was free if none was named
 * @throws FerrumError `IO` when the address is taken or not this machine's.
 */
export async function listen(app: FastifyInstance, { hostname, port }: ResolvedSettings): Promise<string> {
  try {
    const { address } = await lookup(hostname);
    return await app.listen({ host: address, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'something else listens there' : (cause as Error).message;
    throw new FerrumError('IO', `Cannot listen on ${hostname}:${port}: ${reason}. Choose another port or address.`, {
      cause,
      details: { hostname, port },
    });
  }
}
