import { describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { errorOf } from '../testing/read-response.js';
import { post, testServer } from '../testing/test-server.js';
import { Gate, until } from '../testing/until.js';

describe('the limit of requests under way', () => {
  it('refuses what is more with 503 and Retry-After, and lets in again once one is done', async () => {
    const gate = new Gate();
    const { engine, calls } = fakeEmbedder({ before: () => gate.wait() });
    await using server = await testServer({ embedding: engine }, { limits: { requests: 2 } });
    const embed = (init?: RequestInit) =>
      fetch(`${server.url}/v1/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'embedding', input: 'a' }),
        ...init,
      });
    const underWay = [embed(), embed()];
    await until(() => calls.length === 2);
    const refused = await embed();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await errorOf(refused)).toMatchObject({ type: 'server_error', code: 'overloaded' });
    // What costs nothing is answered.
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(200);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    gate.open();
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await embed()).status).toBe(200);
  });

  it('counts no request that was refused, and none whose client has gone', async () => {
    const gate = new Gate();
    const { engine, calls } = fakeEmbedder({ before: () => gate.wait() });
    await using server = await testServer({ embedding: engine }, { limits: { requests: 1 } });
    const embed = (signal?: AbortSignal) =>
      fetch(`${server.url}/v1/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'embedding', input: 'a' }),
        ...(signal && { signal }),
      });
    for (let index = 0; index < 3; index += 1) {
      expect((await post(server.url, '/v1/embeddings', { model: 'embedding' })).status).toBe(400);
    }
    const inFlight = async () =>
      ((await (await fetch(`${server.url}/health`)).json()) as { in_flight_requests: number }).in_flight_requests;
    await until(async () => (await inFlight()) === 0);
    const client = new AbortController();
    const leaving = embed(client.signal).catch(() => 'gone');
    await until(() => calls.length === 1);
    expect((await embed()).status).toBe(503);
    client.abort();
    expect(await leaving).toBe('gone');
    gate.open();
    await until(async () => (await embed()).status === 200);
  });
});
