import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { type TestServer, testServer } from '../testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ embedding: fakeEmbedder().engine });
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (id?: string, path = '/v1/models') =>
  fetch(`${server.url}${path}`, id === undefined ? {} : { headers: { 'x-request-id': id } });

describe('X-Request-Id', () => {
  it.each(['abc', 'A-1_b.c', 'x'.repeat(128)])('of a client is sent back and logged: %s', async (id) => {
    expect((await ask(id)).headers.get('x-request-id')).toBe(id);
    expect(server.log.some((line) => Object.values(JSON.parse(line)).includes(id))).toBe(true);
  });

  it.each(['x'.repeat(129), 'a b', 'a"b', '{"a":1}', '<script>', 'é', 'a,b', '', '../../x'])(
    'of a client is replaced when it is %s',
    async (id) => {
      expect((await ask(id)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('is new for each request, on errors and on pages too', async () => {
    const responses = [
      await ask(),
      await ask(),
      await ask(undefined, '/nothing'),
      await ask(undefined, '/health'),
      await ask(undefined, '/openapi.json'),
      await ask(undefined, '/%'),
      await ask(undefined, '/v1/models/%ff'),
      await ask(undefined, `/v1/models/${'x'.repeat(1000)}`),
    ];
    const ids = responses.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(responses.length);
    expect(ids).not.toContain(null);
  });

  it('of a client is sent back when its URL is wrong', async () => {
    expect((await ask('mine', '/%')).headers.get('x-request-id')).toBe('mine');
  });

  it.each(['evil\rSet-Cookie: a=b', 'evil\u0000', 'evil\nSet-Cookie: a=b'])('never splits the response', async (id) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\nConnection: close\r\n\r\n`);
    let received = '';
    for await (const data of socket) received += data;
    expect(received).not.toMatch(/set-cookie/i);
    expect(received).toMatch(/^HTTP\/1\.1 (200|400) /);
  });
});
