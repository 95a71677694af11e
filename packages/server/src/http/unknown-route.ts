import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiError } from './api-error.js';
import { sendError } from './error-handler.js';

/** Answers a path that is not there with 404, and one that is there for other methods with 405. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    methods.set(url, known);
  });
  // Before a body is read: what it is does not matter.
  app.addHook('preParsing', async (request, reply) => {
    if (request.is404) await answer(request, reply);
  });
  app.setNotFoundHandler(answer);

  function answer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = request.url.split('?')[0] ?? '';
    const allowed = [...methods].find(([pattern]) => matches(pattern, path))?.[1];
    if (allowed === undefined || allowed.has(request.method)) {
      return sendError(
        reply,
        apiError(404, `There is no ${request.method} ${shorten(path)}. The API is described in /reference.`, {
          code: 'unknown_url',
        }),
      );
    }
    const list = [...allowed].join(', ');
    reply.header('allow', list);
    return sendError(
      reply,
      apiError(405, `${shorten(path)} takes ${list}, not ${request.method}.`, { code: 'method_not_allowed' }),
    );
  }
}

/** `/v1/models/:id` matches one more segment; a wildcard belongs to the page's files, which are read only. */
function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === given[index] || (part.startsWith(':') && given[index] !== ''))
  );
}

const shorten = (path: string): string => (path.length > 200 ? `${path.slice(0, 200)}…` : path);
