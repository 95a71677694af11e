import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { apiError } from './api-error.js';
import { sendError } from './error-handler.js';

const mostHeaders = 100;

/**
 * Refuses requests by their head that Node would refuse without a word, or mend: without a Host (RFC 9112 §3.2), with an
 * Expect that is none of HTTP's (RFC 9110 §10.1.1), with more headers than anything needs, of which Node drops the rest.
 * That Node lets them through is `newApp`'s to say.
 */
export function checkHead(app: FastifyInstance): void {
  const unmet = new WeakSet<IncomingMessage>();
  app.server.maxHeadersCount = mostHeaders + 1;
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    unmet.add(request);
    app.server.emit('request', request, response);
  });
  app.addHook('onRequest', async ({ raw }, reply) => {
    // Names and values.
    const error =
      raw.rawHeaders.length > 2 * mostHeaders
        ? tooMany
        : unmet.has(raw)
          ? unknownExpectation
          : raw.headers.host === undefined && raw.httpVersion === '1.1'
            ? withoutHost
            : undefined;
    if (error !== undefined) return sendError(reply.header('connection', 'close'), error);
  });
}

const tooMany = apiError(431, `The request has more than ${mostHeaders} headers.`, { code: 'headers_too_large' });
const unknownExpectation = apiError(417, 'Of Expect this server knows only 100-continue. Leave the header out.', {
  code: 'expectation_failed',
});
const withoutHost = apiError(400, 'The request has no Host header, which HTTP/1.1 asks for.', {
  code: 'malformed_request',
});
