import type { HealthState, InferenceEngine } from '@ferrum/interfaces';
import { Ajv } from 'ajv';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { measuredParts } from '../metrics/testing/measured-parts.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { fakeReranker } from '../testing/fake-embedder.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { testServer } from '../testing/test-server.js';
import { registerHealth } from './health-routes.js';

function inState<Engine extends InferenceEngine>(engine: Engine, status: HealthState): Engine {
  return { ...engine, healthCheck: async () => ({ status, componentStatus: {}, lastCheck: new Date(0) }) };
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
}

interface Operation {
  readonly tags: readonly string[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** The routes over two models that are open. */
async function healthOf(states: readonly [HealthState, HealthState], isClosing = false) {
  const { models, admission } = await measuredParts({
    'text-generation': inState(fakeLanguageModel().engine, states[0]),
    reranking: inState(fakeReranker(), states[1]),
  });
  await models.lease('text-generation', 'text-generation');
  await models.lease('reranking', 'reranking');
  const app = Fastify() as unknown as FerrumApp;
  const context: Partial<ServerContext> = { models, admission, version: '1.2.3', isClosing: () => isClosing };
  registerHealth(app, context as ServerContext);
  return app;
}

describe('/health', () => {
  it('lists the models, open and closed', async () => {
    await using server = await testServer({ 'text-generation': fakeLanguageModel().engine }, { version: '1.2.3' });
    const response = await fetch(`${server.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      version: '1.2.3',
      uptime_seconds: expect.any(Number),
      models: [{ id: 'text-generation', capability: 'text-generation', state: 'closed' }],
      in_flight_requests: 0,
    });
  });

  it.each([
    ['healthy', 'healthy', 'ok', 200],
    ['healthy', 'warning', 'warning', 200],
    ['unhealthy', 'warning', 'unhealthy', 503],
  ] as const)('is the worst of %s and %s', async (first, second, status, code) => {
    const app = await healthOf([first, second]);
    const response = await app.inject('/health');
    expect(response.statusCode).toBe(code);
    expect(response.json()).toMatchObject({
      status,
      models: [
        { id: 'text-generation', state: first === 'healthy' ? 'ok' : first, active_requests: 0, queued_requests: 0 },
        { id: 'reranking', state: second === 'healthy' ? 'ok' : second, active_requests: 0, queued_requests: 0 },
      ],
    });
  });

  it('answers as the API document says, and asks for no key', async () => {
    await using server = await testServer(
      { 'text-generation': fakeLanguageModel().engine },
      { apiKeys: ['a-long-key'] },
    );
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as ApiDocument;
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const response = await fetch(`${server.url}${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const operation = paths[path]?.get;
      expect(operation?.tags).toEqual(['Health']);
      const schema = operation?.responses['200']?.content['application/json']?.schema ?? false;
      expect(new Ajv({ strict: false }).validate(schema, await response.json())).toBe(true);
    }
    expect(paths['/metrics']?.get.tags).toEqual(['Metrics']);
    expect(paths['/metrics']?.get.responses['200']?.content).toHaveProperty('text/plain');
  });
});

describe('/health/live and /health/ready', () => {
  it('are ok while the server runs, whatever its models say', async () => {
    const app = await healthOf(['unhealthy', 'unhealthy']);
    for (const path of ['/health/live', '/health/ready']) {
      const response = await app.inject(path);
      expect([response.statusCode, response.json()]).toEqual([200, { status: 'ok' }]);
    }
  });

  it('live stays and ready goes when the server is closing', async () => {
    const app = await healthOf(['healthy', 'healthy'], true);
    const [live, ready] = [await app.inject('/health/live'), await app.inject('/health/ready')];
    expect([live.statusCode, live.json()]).toEqual([200, { status: 'ok' }]);
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: 'closing' }]);
  });
});
