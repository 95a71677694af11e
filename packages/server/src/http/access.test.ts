import { describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { errorOf } from '../testing/read-response.js';
import { post, testServer } from '../testing/test-server.js';

const engines = { embedding: fakeEmbedder().engine };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const embed = (url: string, headers: Record<string, string>) =>
  post(url, '/v1/embeddings', { model: 'embedding', input: 'a' }, headers);

describe('API keys', () => {
  it('are asked for, and any of them will do', async () => {
    await using server = await testServer(engines, { apiKeys: ['first-key', { key: 'second-key', name: 'b' }] });
    expect((await embed(server.url, bearer('first-key'))).status).toBe(200);
    expect((await embed(server.url, bearer('second-key'))).status).toBe(200);
    expect((await embed(server.url, { authorization: 'bearer first-key' })).status).toBe(200);
    const wrong = [
      {},
      bearer('third-key'),
      bearer(''),
      { authorization: 'first-key' },
      { authorization: 'Basic first-key' },
      bearer('first-key x'),
    ];
    for (const headers of wrong) {
      const response = await embed(server.url, headers as Record<string, string>);
      expect(response.status).toBe(401);
      expect(await errorOf(response)).toMatchObject({
        type: 'authentication_error',
        code: 'invalid_api_key',
        param: null,
      });
      expect(response.headers.get('x-request-id')).toBeTruthy();
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('are asked for before anything is read, on every route but health and the description of the API', async () => {
    await using server = await testServer(engines, { apiKeys: ['first-key'] });
    for (const path of [
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/rerank',
      '/tokenize',
      '/detokenize',
      '/v1/audio/speech',
      '/v1/audio/transcriptions',
      '/v1/audio/translations',
      '/v1/responses',
      '/v1/messages',
      '/v1/messages/count_tokens',
    ]) {
      const response = await fetch(`${server.url}${path}`, {
        method: 'POST',
        body: 'no json',
        headers: { 'content-type': 'application/json' },
      });
      expect([path, response.status]).toEqual([path, 401]);
    }
    for (const path of ['/v1/models', '/v1/models/embedding', '/v1/audio/voices?model=x', '/metrics']) {
      expect([path, (await fetch(`${server.url}${path}`)).status]).toEqual([path, 401]);
    }
    for (const path of ['/health', '/health/live', '/health/ready', '/openapi.json']) {
      expect([path, (await fetch(`${server.url}${path}`)).status]).toEqual([path, 200]);
    }
  });

  it('are never logged', async () => {
    await using server = await testServer(engines, { apiKeys: ['first-key'], logLevel: 'trace' });
    await embed(server.url, bearer('first-key'));
    await embed(server.url, bearer('a-wrong-key'));
    expect(server.log.join('')).not.toMatch(/first-key|a-wrong-key/);
  });
});

describe('limits of requests a minute', () => {
  it('are of each key, with a wait that is told', async () => {
    await using server = await testServer(engines, {
      apiKeys: ['first-key', { key: 'second-key', requestsPerMinute: 1 }],
      limits: { requestsPerMinute: 2 },
    });
    const statuses = async (key: string, count: number) => {
      const responses = [];
      for (let index = 0; index < count; index += 1) responses.push(await embed(server.url, bearer(key)));
      return responses;
    };
    const first = await statuses('first-key', 3);
    expect(first.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect((await statuses('second-key', 2)).map(({ status }) => status)).toEqual([200, 429]);
    const [, , refused] = first;
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await errorOf(refused as Response)).toMatchObject({
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message: expect.stringMatching(/^More than 2 requests in a minute\. Try again in \d+ s\.$/),
    });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it('are of each address where there are no keys; a client cannot claim another', async () => {
    await using server = await testServer(engines, { limits: { requestsPerMinute: 1 } });
    expect((await embed(server.url, {})).status).toBe(200);
    expect((await embed(server.url, { 'x-forwarded-for': '10.0.0.9', authorization: 'Bearer any' })).status).toBe(429);
  });

  it('may be of one key only', async () => {
    await using server = await testServer(engines, {
      apiKeys: ['first-key', { key: 'second-key', requestsPerMinute: 1 }],
    });
    for (let index = 0; index < 5; index += 1) expect((await embed(server.url, bearer('first-key'))).status).toBe(200);
    await embed(server.url, bearer('second-key'));
    expect((await embed(server.url, bearer('second-key'))).status).toBe(429);
  });
});
