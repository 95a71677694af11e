import type { FastifyInstance } from 'fastify';
import { apiError } from './api-error.js';
import { sendError } from './error-handler.js';

const mostHeaders = 100;

/** Refuses what has more headers than anything needs; Node itself would drop the rest without a word. */
export function limitHeaders(app: FastifyInstance): void {
  app.server.maxHeadersCount = mostHeaders + 1;
  app.addHook('onRequest', async (request, reply) => {
    // Names and values.
    if (request.raw.rawHeaders.length > 2 * mostHeaders) return sendError(reply, tooMany);
  });
}

const tooMany = apiError(431, `The request has more than ${mostHeaders} headers.`, { code: 'headers_too_large' });
