import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeHost } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { errorOf, jsonOf } from '../testing/read-response.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';
import { until } from '../testing/until.js';

const engines = { 'text-generation': fakeLanguageModel().engine, embedding: fakeEmbedder().engine };
const served = [{ model: 'text-generation', id: 'org/name:tag', aliases: ['gpt-4o-mini'], created: 7 }, 'embedding'];
let server: TestServer;
beforeAll(async () => {
  server = await testServer(engines, { models: served });
});
afterAll(() => server[Symbol.asyncDispose]());

const first = {
  id: 'org/name:tag',
  object: 'model',
  created: 7,
  owned_by: 'ferrum',
  capabilities: ['text-generation'],
  state: 'closed',
  aliases: ['gpt-4o-mini'],
};

describe('GET /v1/models', () => {
  it('lists what is served, in its order', async () => {
    const body = await jsonOf<{ data: { created: number }[] }>(await fetch(`${server.url}/v1/models`));
    expect(body).toMatchObject({
      object: 'list',
      data: [first, { id: 'embedding', capabilities: ['embedding'], aliases: [] }],
    });
    expect(body.data[1]?.created).toBeGreaterThan(1.7e9);
  });

  it('can be read by the official client', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' });
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(['org/name:tag', 'embedding']);
    expect(await client.models.retrieve('org/name:tag')).toMatchObject(first);
  });
});

describe('GET /v1/models/{id}', () => {
  it.each(['org%2Fname%3Atag', 'org%2fname:tag', 'gpt-4o-mini'])('describes %s', async (name) => {
    expect(await jsonOf(await fetch(`${server.url}/v1/models/${name}`))).toMatchObject(first);
  });

  it.each(['nobody', '__proto__', '..%2f..%2fetc%2fpasswd', '%00', 'a'.repeat(500)])('knows no %s', async (name) => {
    const response = await fetch(`${server.url}/v1/models/${name}`);
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'model_not_found', param: 'model' });
  });
});

it('says which models are open, also once an idle one was closed', async () => {
  const host = fakeHost(engines, { idleTimeoutMs: 50 });
  await using idle = await testServer(engines, { engines: host, models: served });
  const states = async () =>
    (await jsonOf<{ data: { state: string }[] }>(await fetch(`${idle.url}/v1/models`))).data
      .map(({ state }) => state)
      .join();
  expect(await states()).toBe('closed,closed');
  await post(idle.url, '/v1/embeddings', { model: 'embedding', input: 'a' });
  await until(async () => (await states()) === 'closed,open' || host.openEngines().length === 0);
  await until(async () => (await states()) === 'closed,closed');
  // And opens it again.
  expect((await post(idle.url, '/v1/embeddings', { model: 'embedding', input: 'a' })).status).toBe(200);
});

it('answers under an alias, and gives the id of the model', async () => {
  const response = await post(server.url, '/v1/chat/completions', {
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'a' }],
  });
  expect(await jsonOf(response)).toMatchObject({ model: 'org/name:tag' });
});

it('refuses two models of one name when it starts, and a model that no engine opens', async () => {
  await expect(testServer(engines, { models: ['embedding', 'embedding'] })).rejects.toMatchObject({ code: 'Config' });
  await expect(testServer(engines, { models: ['nonsense'] })).rejects.toMatchObject({ code: 'Config' });
});

it('opens what is to be open when it starts', async () => {
  await using eager = await testServer(engines, { models: [{ model: 'embedding', preload: true }, 'text-generation'] });
  await until(async () => {
    const { data } = await jsonOf<{ data: { state: string }[] }>(await fetch(`${eager.url}/v1/models`));
    return data.map(({ state }) => state).join() === 'open,closed';
  });
});
