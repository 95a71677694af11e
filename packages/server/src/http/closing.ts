import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyInstance } from 'fastify';
import type { ServerContext } from '../server-context.js';

/** Once a shutdown has begun, connections that are still open get no new work done; probes are answered. */
export function refuseWhileClosing(app: FastifyInstance, { isClosing }: Pick<ServerContext, 'isClosing'>): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isClosing()) return;
    reply.header('connection', 'close');
    if (request.url.startsWith('/health')) return;
    throw new FerrumError('ResourceExhausted', 'The server is shutting down. Try again in a moment.', {
      retryAfterMs: 5000,
      details: { apiCode: 'shutting_down' },
    });
  });
}
