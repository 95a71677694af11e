import type { FastifyInstance } from 'fastify';
import { apiError } from './api-error.js';
import { sendError } from './error-handler.js';

/** Refuses bodies that are packed, or text that is not UTF-8: read as they are, they would be something else. */
export function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ method, headers }, reply) => {
    if (method !== 'POST') return;
    const packing = headers['content-encoding']?.trim() || 'identity';
    if (packing.toLowerCase() !== 'identity') {
      // RFC 9110 §12.5.3
      return sendError(reply.header('accept-encoding', 'identity'), packed);
    }
    const charset = headers['content-type']?.match(/;\s*charset\s*=\s*"?([^\s";]+)/i)?.[1] ?? 'utf-8';
    if (!/^utf-?8$/i.test(charset)) return sendError(reply, otherCharset);
  });
}

const code = 'unsupported_media_type';
const packed = apiError(415, 'This server unpacks no bodies. Send it as it is, without Content-Encoding.', { code });
const otherCharset = apiError(415, 'Text has to be UTF-8. Leave the charset of Content-Type out, or make it utf-8.', {
  code,
});
