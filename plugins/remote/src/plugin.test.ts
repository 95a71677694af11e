import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { createHost } from '@ferrum/registry';
import { afterEach, expect, it, vi } from 'vitest';
import type { RemoteCapability, RemoteConfig } from './config/remote-config.js';
import { createRemotePlugin } from './create-remote-plugin.js';
import { plugin } from './plugin.js';
import { chatAnswer, fakeServer } from './testing/fake-server.js';

afterEach(() => vi.unstubAllEnvs());

const servers = [{ url: 'http://gpu-1:8000/v1' }];
/** What OpenAI's API has a field for. */
const usual = [
  ...['streaming', 'stream-usage', 'chat', 'raw-prompt', 'token-prompt', 'seed', 'stop-sequences', 'multiple-choices'],
  ...['batching', 'json-object', 'json-schema'],
];

it('takes the servers from the environment, any model by its name', async () => {
  await using server = await fakeServer([chatAnswer('hello')]);
  vi.stubEnv('FERRUM_REMOTE_URLS', `${server.url}, ${server.url}/other`);
  vi.stubEnv('FERRUM_REMOTE_API_KEY', 'key');
  await using host = createHost({ plugins: [plugin] });
  const engine = await host.resolve('text-generation', { model: 'remote:owner/model' });
  expect((await engine.infer({ prompt: 'x' })).text).toBe('hello');
  expect(JSON.parse(server.requests[0]?.text ?? '').model).toBe('owner/model');
  expect(server.requests[0]?.headers.authorization).toBe('Bearer key');
});

it('takes a whole configuration from a file', async () => {
  const file = path.join(tmpdir(), `remote-${process.pid}.json`);
  const models = { 'my-chat': { capability: 'text-generation', contextLength: 4096 } };
  // Editors put a byte order mark before it.
  await writeFile(file, `\uFEFF${JSON.stringify({ servers, models, healthCheck: false } satisfies object)}`);
  vi.stubEnv('FERRUM_REMOTE_CONFIG', file);
  await using host = createHost({ plugins: [plugin] });
  const engine = await host.resolve('text-generation', { model: 'my-chat' });
  expect(engine.config()).toMatchObject({
    model: { modelId: 'my-chat', modelInfo: { maxSequenceLength: 4096 } },
    backend: { device: 'remote', backendOptions: { servers: ['http://gpu-1:8000/v1'] } },
  });
});

it.each([
  [{}, /FERRUM_REMOTE_URLS .* FERRUM_REMOTE_CONFIG .*neither is set/],
  [{ FERRUM_REMOTE_URLS: 'http://a/v1', FERRUM_REMOTE_CONFIG: 'x.json' }, /both are set/],
  [{ FERRUM_REMOTE_CONFIG: 'no-such-file.json' }, /cannot be read as JSON/],
  [{ FERRUM_REMOTE_URLS: 'gpu-1:8000' }, /FERRUM_REMOTE_URLS: `servers\.0\.url` must be a URL/],
  [{ FERRUM_REMOTE_URLS: ' , http://a,' }, /FERRUM_REMOTE_URLS: URL 1 is empty/],
  [{ FERRUM_REMOTE_URLS: 'http://a,' }, /FERRUM_REMOTE_URLS: URL 2 is empty/],
  [{ FERRUM_REMOTE_URLS: ' ' }, /FERRUM_REMOTE_URLS: URL 1 is empty/],
  [{ FERRUM_REMOTE_URLS: 'http://a/v1, http://a/v1/' }, /FERRUM_REMOTE_URLS: `servers`.*twice/],
])('fails alone when the environment is %j', async (environment, message) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  await using host = createHost({ plugins: [plugin] });
  await expect(host.resolve('embedding', { model: 'remote:x' })).rejects.toMatchObject({ code: 'Unsupported' });
  expect(host.plugins).toMatchObject([
    { state: 'failed', error: { code: 'Config', message: expect.stringMatching(message) } },
  ]);
});

it('offers a model for its capability, and says why not for others', async () => {
  const models = { mine: { capability: 'embedding', dimensions: 3 } } as const;
  await using host = createHost({ plugins: [createRemotePlugin({ servers, models })] });
  const [candidate] = (await host.explain('embedding', { model: 'mine' })).candidates;
  expect(candidate).toMatchObject({ score: 90, chosen: true, reason: 'is mine on a server' });
  const [other] = (await host.explain('speech', { model: 'mine' })).candidates;
  expect(other).toMatchObject({ score: 0, reason: 'the configuration has it for embedding' });
  const [unknown] = (await host.explain('speech', { model: 'somewhere' })).candidates;
  expect(unknown).toMatchObject({ score: 0, reason: expect.stringContaining('remote:NAME') });
});

it.each(['constructor', '__proto__', 'toString', 'prototype'])('knows no model %s that nobody named', async (model) => {
  await using host = createHost({ plugins: [createRemotePlugin({ servers })] });
  const [candidate] = (await host.explain('speech', { model })).candidates;
  expect(candidate).toMatchObject({ score: 0, reason: 'is neither in the configuration nor remote:NAME' });
});

it('declares the features that each model has', async () => {
  const models = {
    plain: { capability: 'text-generation' },
    same: { capability: 'text-generation', features: [...usual].reverse() },
    small: { capability: 'text-generation', features: ['chat', 'streaming'] },
    hearing: { capability: 'transcription', features: ['word-timestamps'] },
    speaking: { capability: 'speech', features: [] },
    ranking: { capability: 'reranking', features: [] },
    asking: { capability: 'embedding', dimensions: 3, prompts: { query: 'q: ' } },
  } as const satisfies RemoteConfig['models'];
  await using host = createHost({ plugins: [createRemotePlugin({ servers, models, healthCheck: false })] });
  const chosen = async (capability: RemoteCapability, model: string, features: readonly string[] = []) => {
    const { candidates } = await host.explain(capability, { model, features });
    return candidates.find((candidate) => candidate.chosen)?.id;
  };
  const own = '@ferrum/plugin-remote/text-generation';
  expect(await chosen('text-generation', 'plain', ['json-schema'])).toBe(own);
  expect(await chosen('text-generation', 'same')).toBe(own);
  expect(await chosen('text-generation', 'remote:other')).toBe(own);
  expect(await chosen('text-generation', 'small', ['chat'])).toBe(`${own}/small`);
  expect(await chosen('text-generation', 'small', ['json-schema'])).toBeUndefined();
  expect(await chosen('transcription', 'hearing', ['word-timestamps'])).toMatch(/transcription\/hearing$/);
  expect(await chosen('transcription', 'hearing', ['translation'])).toBeUndefined();
  expect(await chosen('speech', 'speaking')).toMatch(/speech\/speaking$/);
  expect(await chosen('speech', 'speaking', ['speed'])).toBeUndefined();
  expect(await chosen('reranking', 'ranking', ['batching'])).toBeUndefined();
  expect(await chosen('embedding', 'asking', ['prompts', 'dimensions'])).toBe('@ferrum/plugin-remote/embedding/asking');
  expect(await chosen('embedding', 'remote:other', ['prompts'])).toBeUndefined();
});

it('opens every capability without a network, but for embeddings of unknown length', async () => {
  const models = { e: { capability: 'embedding', dimensions: 3 } } as const;
  await using host = createHost({ plugins: [createRemotePlugin({ servers, models, healthCheck: false })] });
  for (const capability of ['text-generation', 'reranking', 'transcription', 'speech'] as const) {
    expect((await host.resolve(capability, { model: 'remote:m' })).modelId).toBe('remote:m');
  }
  expect((await host.resolve('embedding', { model: 'e' })).embeddingDim()).toBe(3);
});

it('refuses options of local engines, and says where they belong', async () => {
  await using host = createHost({ plugins: [createRemotePlugin({ servers, healthCheck: false })] });
  const options = { threads: 2 };
  await expect(host.resolve('text-generation', { model: 'remote:m', options })).rejects.toMatchObject({
    code: 'InvalidParameter',
    message: expect.stringMatching(/set up at the servers: `threads`/),
    details: { parameter: 'threads' },
  });
});

it('lets two clusters stand side by side in one host', async () => {
  const plugins = ['a', 'b'].map((name) => createRemotePlugin({ name, servers, healthCheck: false }));
  await using host = createHost({ plugins });
  await host.resolve('text-generation', { model: 'remote:m', prefer: ['b'] });
  expect(host.openEngines()).toMatchObject([{ descriptorId: 'b/text-generation' }]);
});

it.each([
  [undefined, /is missing/],
  ['gpu-1', /must be/],
  [{ servers: [] }, /`servers` needs at least one server/],
  [{ servers, speed: 1 }, /`speed` is unknown here/],
  [{ servers: [{ url: 'ftp://x' }] }, /must be a URL/],
  [{ servers: [{ url: 'http://user:word@x/v1' }] }, /no user name/],
  [{ servers: [{ url: 'http://x/v1?key=1' }] }, /without \?/],
  [{ servers: [...servers, ...servers] }, /twice/],
  [{ servers: [...servers, { url: 'http://gpu-1:8000/v1/' }] }, /gpu-1:8000\/v1 is there twice/],
  [{ servers: [{ url: 'http://x', headers: { 'Accept-Encoding': 'gzip' } }] }, /Accept-Encoding.*not for the conf/],
  [{ servers: [{ url: 'http://x', headers: { te: 'gzip' } }] }, /not for the configuration/],
  [{ servers: [{ url: 'http://x', headers: { trailer: 'x' } }] }, /not for the configuration/],
  [{ servers: [{ url: 'http://x', headers: { range: 'bytes=0-9' } }] }, /not for the configuration/],
  [{ servers: [{ url: 'http://x', headers: { Authorization: 'Bearer x' } }] }, /apiKeyEnv/],
  [{ servers: [{ url: 'http://x', maxConcurrent: 0 }] }, /at least 1/],
  [{ servers, models: { m: { capability: 'phonemization' } } }, /models\.m\.capability/],
  [{ servers, models: { m: { capability: 'speech', dimensions: 3 } } }, /`models\.m\.dimensions` is unknown here/],
  [
    { servers: [{ url: 'http://x', models: ['a'] }], models: { m: { capability: 'speech' } } },
    /no server is said to have m/,
  ],
  [
    { servers, models: { m: { capability: 'text-generation', features: ['logprobs'] } } },
    /logprobs is nothing.*there are/,
  ],
  [
    { servers, models: { m: { capability: 'text-generation', features: ['priority'] } } },
    /`models\.m\.features`: priority/,
  ],
  [
    { servers, api: 'ferrum', models: { m: { capability: 'text-generation', features: ['grammar'] } } },
    /grammar is nothing that a server with api 'ferrum' can be asked for/,
  ],
  [{ servers, models: { m: { capability: 'embedding', features: ['prompts'] } } }, /it follows from `prompts`/],
  [{ servers, models: { m: { capability: 'embedding', features: 'batching' } } }, /`models\.m\.features`/],
  [{ servers, models: { m: { capability: 'embedding', features: [''] } } }, /is empty/],
  [{ servers, models: { m: { capability: 'reranking', features: ['streaming'] } } }, /streaming is nothing.*batching/],
  [
    { servers, models: { m: { capability: 'speech', features: ['seed'] } } },
    /seed is nothing.*there are streaming, speed/,
  ],
  [{ servers, models: JSON.parse('{"__proto__": {"capability": "speech"}}') }, /`models` cannot have .*__proto__/],
  [{ servers, models: { constructor: { capability: 'speech' } } }, /`models` cannot have .*constructor/],
  [
    { servers, models: { m: { capability: 'embedding', prompts: { prototype: 'x' } } } },
    /`models\.m\.prompts` cannot have/,
  ],
  [{ servers, models: [] }, /`models` must be/],
  [{ servers, retry: { attempts: 0 } }, /at least 1/],
  [{ servers, timeouts: { connectMs: Number.NaN } }, /connectMs/],
  [{ servers, healthCheck: { path: 'health' } }, /`healthCheck\.path` must start with \//],
  [{ servers, healthCheck: { path: '/my health' } }, /`healthCheck\.path` must .* no spaces/],
  [{ servers, healthCheck: { path: '/\u00fc' } }, /`healthCheck\.path` must .* ASCII/],
  [{ servers, healthCheck: { intervalMs: 0 } }, /`healthCheck\.intervalMs` must be at least 1 ms/],
  [{ servers, healthCheck: { interval: 5 } }, /`healthCheck\.interval` is unknown here/],
  [{ servers, healthCheck: true }, /`healthCheck` must be/],
  [{ servers, api: 'google' }, /`api` must be/],
])('says what is wrong with the configuration %j', (config, message) => {
  expect(() => createRemotePlugin(config as unknown as RemoteConfig)).toThrow(
    expect.objectContaining({ code: 'Config', message: expect.stringMatching(message) }),
  );
});

it('names the variable of a key that is not set', async () => {
  const config = { servers: [{ url: 'http://x/v1', apiKeyEnv: 'TEST_NO_SUCH_KEY' }] };
  await using host = createHost({ plugins: [createRemotePlugin(config)] });
  await expect(host.resolve('speech', { model: 'remote:m' })).rejects.toThrow();
  expect(host.plugins).toMatchObject([
    { state: 'failed', error: { message: expect.stringContaining('TEST_NO_SUCH_KEY') } },
  ]);
});

it.each(['sk-proj-0123456789abcdef', 'hf_AbCdEf0123456789', ''])(
  'repeats no key that was given in place of the name of its variable: "%s"',
  async (apiKeyEnv) => {
    const config = { servers: [{ url: 'http://x/v1', apiKeyEnv }] };
    let message = '';
    try {
      await using host = createHost({ plugins: [createRemotePlugin(config)] });
      await host.resolve('speech', { model: 'remote:m' }).catch(() => undefined);
      message = inspect(host.plugins);
    } catch (error) {
      expect(error).toMatchObject({ code: 'Config', details: { parameter: 'servers.0.apiKeyEnv' } });
      message = inspect(error);
    }
    expect(message).toMatch(/variable/);
    if (apiKeyEnv !== '') expect(message).not.toContain(apiKeyEnv);
  },
);

it('sends headers that change nothing of an answer', async () => {
  await using server = await fakeServer([chatAnswer('hello')]);
  const headers = { 'user-agent': 'mine', cookie: 'route=2' };
  const plugin = createRemotePlugin({ servers: [{ url: server.url, headers }], healthCheck: false });
  await using host = createHost({ plugins: [plugin] });
  const engine = await host.resolve('text-generation', { model: 'remote:m' });
  await engine.infer({ prompt: 'x' });
  expect(server.requests[0]?.headers).toMatchObject(headers);
});
