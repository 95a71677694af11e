import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createServer } from '../create-server.js';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeHost } from '../testing/fake-host.js';
import { rawConnection, rawPost } from '../testing/raw-connection.js';
import { testServer } from '../testing/test-server.js';
import { Gate, until } from '../testing/until.js';

const engines = { embedding: fakeEmbedder().engine };
const origin = 'https://app.example';
const preflight = (url: string, from: string) =>
  fetch(`${url}/v1/embeddings`, {
    method: 'OPTIONS',
    headers: {
      origin: from,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-stainless-lang',
    },
  });
const call = (url: string, from: string) => fetch(`${url}/v1/models`, { headers: { origin: from } });

describe('calls of web pages of other origins', () => {
  it('are not allowed by default', async () => {
    await using server = await testServer(engines);
    const asked = await preflight(server.url, origin);
    expect(asked.status).toBe(405);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    expect((await call(server.url, origin)).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('are allowed to the named ones, keys or not', async () => {
    await using server = await testServer(engines, { corsOrigins: [origin], apiKeys: ['first-key'] });
    const asked = await preflight(server.url, origin);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(asked.headers.get('access-control-allow-headers')).toContain('x-stainless-lang');
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const response = await call(server.url, origin);
    // A page has to be able to read why it was refused.
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect(response.headers.get('vary')).toMatch(/origin/i);
  });

  it.each(['https://evil.example', 'https://app.example.evil.example', 'null', 'http://app.example'])(
    'are not allowed to %s',
    async (from) => {
      await using server = await testServer(engines, { corsOrigins: [origin] });
      for (const response of [await preflight(server.url, from), await call(server.url, from)]) {
        expect(response.headers.get('access-control-allow-origin')).not.toBe(from);
        expect(response.headers.get('access-control-allow-origin')).not.toBe('*');
      }
    },
  );

  it('are allowed to all with *', async () => {
    await using server = await testServer(engines, { corsOrigins: ['*'] });
    expect((await call(server.url, 'https://any.example')).headers.get('access-control-allow-origin')).toBe('*');
  });

  it('may read why a request is refused before anything else is looked at', async () => {
    await using server = await testServer(engines, { corsOrigins: [origin] });
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`a${index}`, '']));
    const crowded = await fetch(`${server.url}/v1/models`, { headers: { origin, ...many } });
    expect(crowded.status).toBe(431);
    expect(crowded.headers.get('access-control-allow-origin')).toBe(origin);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('status="431"');
  });

  it('may read that the server is closing', async () => {
    const gate = new Gate();
    const { engine, calls } = fakeEmbedder({ before: () => gate.wait() });
    await using server = await testServer({ embedding: engine }, { corsOrigins: [origin] });
    const open = rawConnection(server.url, rawPost('/v1/embeddings', { model: 'embedding', input: 'a' }));
    await until(() => calls.length === 1);
    const closing = server.server.close();
    const seen = once(server.server.app.server, 'request');
    open.socket.write(`GET /v1/models HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n\r\n`);
    await seen;
    gate.open();
    const [, refused] = (await open.closed).split(/(?=HTTP\/1\.1 503)/);
    expect(refused).toContain(`access-control-allow-origin: ${origin}\r\n`);
    await closing;
  });
});

describe('a setting of origins', () => {
  const start = (given: string) =>
    createServer({ engines: fakeHost(engines), models: ['embedding'], playground: false, corsOrigins: ['*', given] });

  it.each([
    ['https://app.example/', /corsOrigins\.1: "https:\/\/app\.example\/" is not.*Write https:\/\/app\.example\.$/],
    ['https://app.example/path?a=b', /Write https:\/\/app\.example\.$/],
    ['https://App.Example', /Write https:\/\/app\.example\.$/],
    ['https://app.example:443', /Write https:\/\/app\.example\.$/],
    ['https://user:secret@app.example', /Write https:\/\/app\.example\.$/],
    ['app://name/index.html', /Write app:\/\/name\.$/],
    ['app.example', /Write scheme, host and port/],
    ['https://*.app.example/*', /is not the origin of a page/],
    ['localhost:3000', /Write scheme, host and port/],
    ['data:text/html,a', /Write scheme, host and port/],
    ['null', /sandboxed/],
  ])('that no page can have is refused: %s', async (given, message) => {
    await expect(start(given)).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringMatching(message),
      details: { setting: 'corsOrigins.1' },
    });
  });

  it.each([
    'http://localhost:3000',
    'https://app.example',
    'http://[::1]:8080',
    'app://name',
    'chrome-extension://abc',
  ])('that pages can have is taken: %s', async (given) => {
    await (await start(given)).close();
  });
});
