import { Type } from 'typebox';
import { errorResponses } from '../schema/common.js';
import type { FerrumApp, ServerContext } from '../server-context.js';

/** `GET /metrics`. */
export function registerMetrics(app: FerrumApp, { metrics }: ServerContext): void {
  app.get(
    '/metrics',
    {
      // Prometheus comes every few seconds, and would be most of the log.
      logLevel: 'warn',
      schema: {
        summary: 'Numbers for Prometheus',
        description: "Requests, latencies, tokens, engines and the process, in Prometheus' text format.",
        tags: ['Metrics'],
        response: {
          200: { description: 'The text format, version 0.0.4.', content: { 'text/plain': { schema: Type.String() } } },
          ...errorResponses,
        },
      },
    },
    async (_, reply) => {
      const { contentType, body } = await metrics.text();
      return reply.header('content-type', contentType).send(body);
    },
  );
}
