import bearerAuth from '@fastify/bearer-auth';
import rateLimit from '@fastify/rate-limit';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';
import { type ApiKey, KeyRing } from './key-ring.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key came with the request; undefined where none is asked for. */
    apiKey: ApiKey | undefined;
  }
}

/** Asks for a key, if there are any, and counts requests, if they are limited. Of the routes of this scope only. */
export async function protect(scope: FastifyInstance, settings: ResolvedSettings): Promise<void> {
  const keys = new KeyRing(settings.apiKeys);
  scope.decorateRequest('apiKey', undefined);
  if (!keys.isEmpty) {
    await scope.register(bearerAuth, {
      keys: new Set<string>(),
      // The scheme in any case, as RFC 9110 has it.
      specCompliance: 'rfc6749',
      auth: (presented, request) => {
        request.apiKey = keys.find(presented);
        return request.apiKey !== undefined;
      },
      // Called below, so that errors are ours.
      addHook: false,
      verifyErrorLogLevel: 'debug',
    });
    scope.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
      const refuse = () => done(new FerrumError('Auth', unauthorized, { details: { apiCode: 'invalid_api_key' } }));
      const { authorization, 'x-api-key': key } = request.headers;
      if (authorization === undefined && typeof key === 'string') {
        // Anthropic's header.
        request.apiKey = keys.find(key);
        return request.apiKey === undefined ? refuse() : done();
      }
      const { verifyBearerAuth } = scope;
      if (verifyBearerAuth === undefined) return refuse();
      verifyBearerAuth(request, reply, (error) => (error === undefined ? done() : refuse()));
    });
    scope.addHook('onSend', async (_, reply) => {
      if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer');
    });
  }
  // Reading models or metrics costs nothing: the page and Prometheus do it all the time.
  const limitOf = (request: FastifyRequest) => request.apiKey?.requestsPerMinute ?? settings.limits.requestsPerMinute;
  if (settings.limits.requestsPerMinute === undefined && !keys.hasOwnLimits) return;
  await scope.register(rateLimit, {
    timeWindow: 60_000,
    keyGenerator: (request) => request.apiKey?.id ?? request.ip,
    max: (request) => limitOf(request) ?? Number.MAX_SAFE_INTEGER,
    allowList: (request) => request.method !== 'POST' || limitOf(request) === undefined,
    errorResponseBuilder: (_, { max, ttl }) =>
      new FerrumError('RateLimit', `More than ${max} requests in a minute. Try again in ${Math.ceil(ttl / 1000)} s.`, {
        retryAfterMs: ttl,
        details: { apiCode: 'rate_limit_exceeded' },
      }),
  });
}

const unauthorized = 'The API key is missing or wrong. Send it as "Authorization: Bearer KEY" or "X-Api-Key: KEY".';
