import { describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { testServer } from '../testing/test-server.js';

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
});
