import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { badRequest } from './api-error.js';

/** Reads JSON as Fastify does, prototype poisoning refused, but refuses what is not UTF-8 (RFC 8259 §8.1) instead of mending it. */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isUtf8(body)) parse(request, body.toString(), done);
    else done(badRequest(null, 'The body is not UTF-8, as JSON has to be.', 'invalid_json'));
  });
}
