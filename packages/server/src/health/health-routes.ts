import type { HealthState } from '@ferrum/interfaces';
import { type Static, Type } from 'typebox';
import { servedCapabilities } from '../models/model-directory.js';
import { oneOf } from '../schema/nullable.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { HealthMonitor } from './engine-health.js';

const healthSchema = Type.Object({
  status: oneOf(['ok', 'warning', 'unhealthy'], { description: 'The worst of the open models.' }),
  version: Type.String(),
  uptime_seconds: Type.Number({ minimum: 0 }),
  models: Type.Array(
    Type.Object({
      id: Type.String(),
      capability: oneOf(servedCapabilities),
      state: oneOf(['ok', 'warning', 'unhealthy', 'closed'], {
        description: 'A closed model is opened by the first request for it.',
      }),
      active_requests: Type.Optional(Type.Integer({ minimum: 0 })),
      queued_requests: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
  ),
  in_flight_requests: Type.Integer({ minimum: 0, description: 'Requests under way that compute, or wait to.' }),
});

type Health = Static<typeof healthSchema>;
type ModelHealth = Health['models'][number];

/** `GET /health`, `/health/live` and `/health/ready`; they ask for no key. */
export function registerHealth(app: FerrumApp, context: ServerContext): void {
  const startedAt = performance.now();
  const monitor = new HealthMonitor();

  app.get(
    '/health',
    {
      // Probes come every few seconds, and would be most of the log.
      logLevel: 'warn',
      schema: {
        summary: 'How the server and its models are',
        description: 'The models are asked at most once a second.',
        tags: ['Health'],
        response: {
          200: { description: 'Requests are served.', ...healthSchema },
          503: { description: 'A model is unhealthy.', ...healthSchema },
        },
      },
    },
    async (_, reply) => {
      const models = await modelsHealth(context, monitor);
      const status = worstOf(models);
      return reply
        .status(status === 'unhealthy' ? 503 : 200)
        .header('cache-control', 'no-store')
        .send({
          status,
          version: context.version,
          uptime_seconds: (performance.now() - startedAt) / 1000,
          models,
          in_flight_requests: context.admission.inFlight,
        });
    },
  );

  app.get(
    '/health/live',
    {
      logLevel: 'warn',
      schema: {
        summary: 'Whether the process runs',
        tags: ['Health'],
        response: { 200: Type.Object({ status: Type.Literal('ok') }, { description: 'It does.' }) },
      },
    },
    async (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );

  app.get(
    '/health/ready',
    {
      logLevel: 'warn',
      schema: {
        summary: 'Whether requests may be sent',
        tags: ['Health'],
        response: {
          200: Type.Object({ status: Type.Literal('ok') }, { description: 'They may.' }),
          503: Type.Object({ status: Type.Literal('closing') }, { description: 'The server is shutting down.' }),
        },
      },
    },
    async (_, reply) => {
      reply.header('cache-control', 'no-store');
      return context.isClosing() ? reply.status(503).send({ status: 'closing' }) : reply.send({ status: 'ok' });
    },
  );
}

async function modelsHealth({ models }: ServerContext, monitor: HealthMonitor): Promise<ModelHealth[]> {
  const open = models.openModels();
  const served = models.entries.flatMap((entry) => entry.capabilities.map((capability) => ({ entry, capability })));
  return Promise.all(
    served.map(async ({ entry, capability }): Promise<ModelHealth> => {
      const model = open.find((one) => one.entry === entry && one.capability === capability);
      if (model === undefined) return { id: entry.id, capability, state: 'closed' };
      const { state, activeRequests, queuedRequests } = await monitor.of(model);
      return {
        id: entry.id,
        capability,
        state: inWordsOfTheApi[state],
        ...(activeRequests !== undefined && { active_requests: activeRequests }),
        ...(queuedRequests !== undefined && { queued_requests: queuedRequests }),
      };
    }),
  );
}

const inWordsOfTheApi: Readonly<Record<HealthState, Health['status']>> = {
  healthy: 'ok',
  warning: 'warning',
  unhealthy: 'unhealthy',
};

function worstOf(models: readonly ModelHealth[]): Health['status'] {
  const states = models.map(({ state }) => state);
  if (states.includes('unhealthy')) return 'unhealthy';
  return states.includes('warning') ? 'warning' : 'ok';
}
