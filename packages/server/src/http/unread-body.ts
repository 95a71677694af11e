import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';

const patienceMs = 2000;

/**
 * Before a connection is closed after an answer, reads what is still on its way of the request's body, and drops it: closing
 * with data unread resets the connection (RFC 9112 §9.6), and many clients look for an answer only once they have sent all.
 * Not longer than two seconds, nor more than four times the largest body. On connections that stay open Node reads it.
 */
export function readUnreadBodies(app: FastifyInstance, { limits }: ResolvedSettings): void {
  const most = 4 * limits.jsonBytes;
  app.addHook('onSend', async ({ raw }, reply) => {
    const isClosing = reply.getHeader('connection') === 'close' || !reply.raw.shouldKeepAlive;
    if (!isClosing || raw.complete !== false || raw.destroyed) return;
    if (Number(raw.headers['content-length'] ?? 0) <= most) await dropRest(raw, most);
  });
}

function dropRest(message: IncomingMessage, most: number): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(end, patienceMs);
    message.unpipe();
    message.on('data', count);
    message.once('end', end);
    message.once('close', end);
    message.resume();

    function count({ length }: Uint8Array): void {
      bytes += length;
      if (bytes > most) end();
    }
    function end(): void {
      clearTimeout(timer);
      message.off('data', count);
      message.off('end', end);
      message.off('close', end);
      resolve();
    }
  });
}
