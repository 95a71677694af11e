import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';

/** Counts and times requests when their responses end, however they end. */
export class HttpMetrics {
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #durations: Histogram<'method' | 'route'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      registers,
      name: 'ferrum_http_requests_total',
      help: 'Responses that ended; status 499: the client left before.',
      labelNames: ['method', 'route', 'status'],
    });
    this.#durations = new Histogram({
      registers,
      name: 'ferrum_http_request_duration_seconds',
      help: 'From the head of a request to the last byte of its response.',
      labelNames: ['method', 'route'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
    });
  }

  observe(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      const startedAt = performance.now();
      // Not Fastify's onResponse: a reply that was hijacked or cut does not get there.
      reply.raw.once('close', () => {
        const { method } = request;
        // The pattern, not the path: paths are as many as clients like.
        const route = request.routeOptions.url ?? 'unmatched';
        this.#requests.inc({ method, route, status: statusOf(request, reply) });
        this.#durations.observe({ method, route }, (performance.now() - startedAt) / 1000);
      });
    });
  }
}

function statusOf(request: FastifyRequest, { raw }: FastifyReply): number {
  if (raw.writableFinished) return raw.statusCode;
  const { readableEnded, errored } = request.raw.socket;
  const hasClientLeft = readableEnded || errored !== null;
  // A response that was begun can only be broken off.
  return raw.headersSent && !hasClientLeft ? 500 : 499;
}
