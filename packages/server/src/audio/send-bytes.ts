import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

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
  let first: Promise<IteratorResult<Uint8Array>> | undefined = source.next();
  await first;
  // Not a generator: one that nobody has read from would not tell the source when it is left.
  const all: AsyncIterableIterator<Uint8Array> = {
    next: () => {
      const next = first ?? source.next();
      first = undefined;
      return next;
    },
    return: () => source.return(undefined),
    [Symbol.asyncIterator]: () => all,
  };
  return reply.type(type).send(Readable.from(all, { objectMode: false }));
}
