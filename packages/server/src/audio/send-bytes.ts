import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { startSource } from '../http/started-source.js';

/**
 * Answers with bytes as they come. An error before the first of them is thrown, so that the response has its status; after
 * a later one the connection is cut off, so that the client does not take a part for the whole. A client that leaves ends
 * the source.
 */
export async function sendBytes(
  reply: FastifyReply,
  source: AsyncGenerator<Uint8Array>,
  type: string,
): Promise<FastifyReply> {
  return reply.type(type).send(Readable.from(await startSource(source), { objectMode: false }));
}
