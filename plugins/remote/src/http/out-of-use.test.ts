import { createHost } from '@ferrum/registry';
import { expect, it, vi } from 'vitest';
import { createRemotePlugin } from '../create-remote-plugin.js';
import { chatAnswer, failing, fakeServer, json, silent, usage } from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

const prompt = 'Say hello.';
const config = { retry: { attempts: 1 }, circuitBreaker: { consecutiveFailures: 1, openMs: 40 } };

it('lets nobody wait for the request that tries a server', async () => {
  await using server = await fakeServer([failing(500), silent]);
  await using opened = await openEngine('text-generation', [server.url], config);
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject({ code: 'Backend' });
  await vi.waitFor(async () => expect((await opened.engine.status()).isReady).toBe(true));
  const left = new AbortController();
  const trial = opened.engine.infer({ prompt, signal: left.signal });
  const other = opened.engine.infer({ prompt });
  trial.catch(() => {});
  await expect(other).rejects.toMatchObject({
    code: 'Network',
    message: expect.stringMatching(/out of use: .*it is 500/),
  });
  left.abort();
  await expect(trial).rejects.toMatchObject({ code: 'Cancelled' });
});

it('keeps a server out of use whose trial was called off', async () => {
  await using server = await fakeServer([failing(500), silent, chatAnswer('well')]);
  await using opened = await openEngine('text-generation', [server.url], config);
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject({ code: 'Backend' });
  await vi.waitFor(async () => expect((await opened.engine.status()).isReady).toBe(true));
  await expect(opened.engine.infer({ prompt, timeoutMs: 20 })).rejects.toMatchObject({ code: 'Timeout' });
  expect((await opened.engine.status()).isReady).toBe(false);
  expect(await opened.engine.healthCheck()).toMatchObject({
    componentStatus: { backend: { message: expect.stringMatching(/it is 500/) } },
  });
  await vi.waitFor(async () => expect((await opened.engine.status()).isReady).toBe(true));
  expect((await opened.engine.infer({ prompt })).text).toBe('well');
});

it('forgets a failed health check when nobody checks any more', async () => {
  let isWell = false;
  const answer = json({ data: [{ index: 0, embedding: [1, 2] }], usage });
  await using server = await fakeServer(
    [(response, request) => (isWell ? answer : failing(500))(response, request)],
    (response, request) => (isWell ? json({}) : failing(503))(response, request),
  );
  const plugin = createRemotePlugin({
    servers: [{ url: server.url }],
    models: { model: { capability: 'embedding' } },
    retry: { attempts: 3, initialDelayMs: 50 },
    healthCheck: { intervalMs: 10 },
  });
  await using host = createHost({ plugins: [plugin] });
  await expect(host.resolve('embedding', { model: 'model' })).rejects.toMatchObject({ code: 'Network' });
  isWell = true;
  expect((await host.resolve('embedding', { model: 'model' })).embeddingDim()).toBe(2);
});

it('does not blame a server for what it has not (501)', async () => {
  await using server = await fakeServer([failing(501), chatAnswer('well')]);
  await using opened = await openEngine('text-generation', [server.url], config);
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject({ code: 'Unsupported' });
  expect((await opened.engine.infer({ prompt })).text).toBe('well');
});
