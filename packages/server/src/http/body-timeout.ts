import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';
import { apiError } from './api-error.js';
import { errorBody } from './error-body.js';

/** Ends requests whose body trickles in (slow loris). Node's own `requestTimeout` has to be long enough for an upload. */
export function limitBodyTime(app: FastifyInstance, { timeouts }: ResolvedSettings): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'POST' || request.headers['content-type']?.startsWith('multipart/')) return;
    const timer = setTimeout(() => endUnread(request, reply), timeouts.bodySeconds * 1000).unref();
    timers.set(request, timer);
    const stop = () => clearTimeout(timer);
    request.raw.once('end', stop);
    reply.raw.once('close', stop);
  });
  // There is an answer already, though it may wait for the body to be read.
  app.addHook('onSend', async (request) => clearTimeout(timers.get(request)));
}

function endUnread(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info('body did not arrive in time');
  reply.hijack();
  const body = JSON.stringify(errorBody(request, timedOut));
  reply.raw.writeHead(timedOut.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': request.id,
    connection: 'close',
  });
  reply.raw.end(body, () => request.raw.destroy());
}

const timedOut = apiError(408, 'The body did not arrive in time. Send it again, faster.', { code: 'request_timeout' });
