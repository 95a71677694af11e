import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HttpMetrics } from './http-metrics.js';
import { parseExposition, sampleValue } from './testing/parse-exposition.js';

let url: string;
let port: number;
let app: FastifyInstance;
let registry: Registry;

const count = async (route: string, status: string, method = 'GET') =>
  sampleValue(parseExposition(await registry.metrics()), 'ferrum_http_requests_total', { method, route, status });
const durations = async (route: string, method = 'GET') =>
  sampleValue(parseExposition(await registry.metrics()), 'ferrum_http_request_duration_seconds_count', {
    method,
    route,
  });

/** A response has ended for its client a little before it has for the server. */
const eventually = (check: () => Promise<unknown>, expected: unknown) =>
  vi.waitFor(async () => expect(await check()).toBe(expected), { timeout: 4000 });

beforeEach(async () => {
  registry = new Registry();
  app = Fastify({ forceCloseConnections: true });
  new HttpMetrics(registry).observe(app);
  app.get('/models/:id', async () => 'fine');
  app.post('/checked', { schema: { body: { type: 'object', required: ['field'] } } }, async () => 'fine');
  app.get('/failing', async () => {
    throw new Error('no');
  });
  app.get('/hijacked', (_, reply) => {
    reply.hijack();
    reply.raw.writeHead(202).end('mine');
  });
  app.get('/endless', (_, reply) => reply.send(endless()));
  app.get('/silent', () => new Promise(() => {}));
  app.get('/breaking', (_, reply) => reply.send(Readable.from(breaking())));
  app.get('/stream', (_, reply) => reply.send(Readable.from(['one', 'two'])));
  url = await app.listen({ port: 0 });
  port = Number(new URL(url).port);
});

afterEach(async () => {
  await app.close();
});

function endless(): Readable {
  return new Readable({
    read() {
      setTimeout(() => this.push('more'), 5);
    },
  });
}

async function* breaking(): AsyncGenerator<string> {
  yield 'begun';
  await new Promise((resolve) => setTimeout(resolve, 20));
  throw new Error('the source broke');
}

describe('HttpMetrics', () => {
  it('counts by pattern, not by path', async () => {
    for (const id of ['a', 'b', 'c']) await (await fetch(`${url}/models/${id}`)).text();
    await eventually(() => count('/models/:id', '200'), 3);
    expect(await durations('/models/:id')).toBe(3);
  });

  it('counts errors, and paths that are not there as one', async () => {
    const body = '{}';
    await fetch(`${url}/checked`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    await fetch(`${url}/failing`);
    await fetch(`${url}/nowhere`);
    await fetch(`${url}/else`, { method: 'DELETE' });
    await eventually(() => count('/checked', '400', 'POST'), 1);
    await eventually(() => count('/failing', '500'), 1);
    await eventually(() => count('unmatched', '404'), 1);
    await eventually(() => count('unmatched', '404', 'DELETE'), 1);
  });

  it('counts replies that Fastify does not send', async () => {
    await fetch(`${url}/hijacked`);
    await eventually(() => count('/hijacked', '202'), 1);
  });

  it('counts a stream when it ends', async () => {
    await (await fetch(`${url}/stream`)).text();
    await eventually(() => count('/stream', '200'), 1);
  });

  it.each(['end', 'resetAndDestroy'] as const)('counts a client that left in the middle as 499 (%s)', async (leave) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write('GET /endless HTTP/1.1\r\nHost: test\r\n\r\n');
    await once(socket, 'data');
    expect(await count('/endless', '200')).toBeUndefined();
    socket[leave]();
    await eventually(() => count('/endless', '499'), 1);
    expect(await durations('/endless')).toBe(1);
  });

  it('counts a client that left before the answer began as 499', async () => {
    const controller = new AbortController();
    const response = fetch(`${url}/silent`, { signal: controller.signal }).catch(() => {});
    setTimeout(() => controller.abort(), 50);
    await response;
    await eventually(() => count('/silent', '499'), 1);
  });

  it('counts a response that the server had to break off as 500', async () => {
    await expect((await fetch(`${url}/breaking`)).text()).rejects.toThrow();
    await eventually(() => count('/breaking', '500'), 1);
    expect(await count('/breaking', '499')).toBeUndefined();
  });
});
