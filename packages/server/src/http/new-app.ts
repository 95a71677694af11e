import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';
import type { FerrumApp } from '../server-context.js';
import { limitBodyTime } from './body-timeout.js';
import { answerBrokenRequest } from './broken-request.js';
import { isAnthropic } from './error-body.js';
import { handleError } from './error-handler.js';
import { readJson } from './json-body.js';
import { readUnreadBodies } from './unread-body.js';

/** Fastify as it is set up for every route: limits, time-outs, request ids, and errors in the API's shape. */
export function newApp(settings: ResolvedSettings, logger: FastifyBaseLogger | undefined): FerrumApp {
  const { limits, timeouts } = settings;
  const app = Fastify({
    ...(logger === undefined ? { logger: { level: settings.logLevel } } : { loggerInstance: logger }),
    bodyLimit: limits.jsonBytes,
    requestTimeout: timeouts.uploadSeconds * 1000,
    keepAliveTimeout: timeouts.keepAliveSeconds * 1000,
    trustProxy: settings.trustProxy,
    forceCloseConnections: 'idle',
    // Ours has the API's shape, and lets the probes through.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    http: {
      headersTimeout: timeouts.headersSeconds * 1000,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 16_384,
      // Ours has the API's shape.
      requireHostHeader: false,
    },
    requestIdHeader: false,
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
    ajv: {
      // Nothing is guessed and nothing dropped: a field is what it should be, or an error.
      customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true, verbose: true },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = limits.connections;
  app.removeContentTypeParser('text/plain');
  readJson(app);
  // Response schemas are for the API document; what a handler returns is sent whole.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(handleError);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (isAnthropic(request)) reply.header('request-id', request.id);
  });
  limitBodyTime(app, settings);
  readUnreadBodies(app, settings);
  return app;
}

/** A client's own id, if it is one that can be logged and sent back as it is. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}
