import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiError } from './api-error.js';
import { sendError } from './error-handler.js';
import { shorten } from './shorten.js';

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
    const shown = shorten(path, 200);
    const allowed = new Set([...methods].flatMap(([pattern, known]) => (matches(pattern, path) ? [...known] : [])));
    if (allowed.size === 0 || allowed.has(request.method)) {
      return sendError(
        reply,
        apiError(404, `There is no ${request.method} ${shown}. The API is described in /reference.`, {
          code: 'unknown_url',
        }),
      );
    }
    const list = [...allowed].join(', ');
    reply.header('allow', list);
    return sendError(
      reply,
      apiError(405, `${shown} takes ${list}, not ${request.method}.`, { code: 'method_not_allowed' }),
    );
  }
}

/**
 * `/v1/models/:id` matches one more segment, `/v1/models/*` any number of them. A wildcard of all paths makes none of them
 * known: it is the page's or CORS'.
 */
function matches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === '/*') return false;
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  const isOpen = wanted.at(-1) === '*';
  if (isOpen) wanted.pop();
  return (
    (isOpen ? wanted.length < given.length : wanted.length === given.length) &&
    wanted.every((part, index) => part === given[index] || (part.startsWith(':') && given[index] !== ''))
  );
}
