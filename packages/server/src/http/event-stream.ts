import { Readable } from 'node:stream';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyReply } from 'fastify';
import { type ApiError, apiError, apiErrorOf } from './api-error.js';

export interface EventStreamOptions<T> {
  /** The data of each event, as JSON text. */
  readonly data: (event: T) => string;
  /** The name of each event, where they have one. */
  readonly name?: (event: T) => string;
  /** What an error in the middle is, as an event. Default `{error}`. */
  readonly failure?: (error: ApiError) => T;
  /** Sent last, whether all went well or not, e.g. `[DONE]`. */
  readonly end?: string;
}

/**
 * Answers with server-sent events. An error before the first event is thrown, so that the response has its status; a later
 * one becomes an event `{error}`, and the stream ends as it always does. A client that leaves ends the source.
 */
export async function sendEvents<T>(
  reply: FastifyReply,
  events: AsyncIterable<T>,
  { data, name, failure, end }: EventStreamOptions<T>,
): Promise<FastifyReply> {
  const iterator = events[Symbol.asyncIterator]();
  const first = await iterator.next();

  const line = (event: T) => `${name === undefined ? '' : `event: ${name(event)}\n`}data: ${data(event)}\n\n`;

  async function* lines(): AsyncGenerator<string> {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield line(next.value);
    } catch (error) {
      if (!FerrumError.isInstance(error) || error.isServerError) reply.log.error({ err: error }, 'stream failed');
      const described = describe(error);
      yield failure === undefined ? `data: ${JSON.stringify(described.body)}\n\n` : line(failure(described));
    }
    if (end !== undefined) yield `data: ${end}\n\n`;
  }

  const stream = Readable.from(lines(), { objectMode: true, highWaterMark: 1 });
  // Not in a finally of `lines`, which never runs when the client has gone before the first line was asked for.
  stream.once('close', () => {
    Promise.resolve(iterator.return?.()).catch((error) => reply.log.error({ err: error }, 'stream did not end well'));
  });
  return (
    reply
      .header('cache-control', 'no-cache')
      // nginx would hold events back.
      .header('x-accel-buffering', 'no')
      .type('text/event-stream; charset=utf-8')
      .send(stream)
  );
}

function describe(error: unknown): ApiError {
  if (FerrumError.isInstance(error)) return apiErrorOf(error);
  return apiError(500, 'The server failed in the middle of this answer. Its log says why.', { code: 'internal_error' });
}
