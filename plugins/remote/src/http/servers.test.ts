import type { LlmInferenceEngine } from '@ferrum/interfaces';
import { expect, it, vi } from 'vitest';
import { collect } from '../testing/collect.js';
import {
  chatAnswer,
  chatDelta,
  chatEvents,
  events,
  failing,
  fakeServer,
  json,
  reset,
  silent,
  text,
} from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

const prompt = 'Say hello.';
const ask = async (engine: LlmInferenceEngine) => (await engine.infer({ prompt })).text;

it('spreads requests over equal servers in turn', async () => {
  await using first = await fakeServer([chatAnswer('one')]);
  await using second = await fakeServer([chatAnswer('two')]);
  await using opened = await openEngine('text-generation', [first.url, second.url]);
  const answers: string[] = [];
  for (let call = 0; call < 4; call += 1) answers.push(await ask(opened.engine));
  expect(answers).toEqual(['one', 'two', 'one', 'two']);
});

it('sends a request to the server with the fewest under way', async () => {
  await using slow = await fakeServer([silent]);
  await using fast = await fakeServer([chatAnswer('fast')]);
  await using opened = await openEngine('text-generation', [slow.url, fast.url]);
  const left = new AbortController();
  const stuck = opened.engine.infer({ prompt, signal: left.signal });
  stuck.catch(() => {});
  for (let call = 0; call < 5; call += 1) expect(await ask(opened.engine)).toBe('fast');
  left.abort();
  await expect(stuck).rejects.toMatchObject({ code: 'Cancelled' });
  expect([slow.requests.length, fast.requests.length]).toEqual([1, 5]);
});

it('asks only servers that have the model', async () => {
  await using other = await fakeServer([chatAnswer('other')]);
  await using right = await fakeServer([chatAnswer('right')]);
  const servers = [
    { url: other.url, models: ['other'] },
    { url: right.url, models: ['model'] },
  ];
  await using opened = await openEngine('text-generation', [], { servers });
  expect([await ask(opened.engine), await ask(opened.engine)]).toEqual(['right', 'right']);
});

it('lets requests beyond maxConcurrent wait, in their order', async () => {
  const release: (() => void)[] = [];
  await using server = await fakeServer([
    (response, request) => {
      release.push(() => chatAnswer(JSON.parse(request.text).messages[0].content)(response, request));
    },
  ]);
  const servers = [{ url: server.url, maxConcurrent: 1 }];
  await using opened = await openEngine('text-generation', [], { servers });
  const done: string[] = [];
  const calls = ['a', 'b', 'c'].map(async (word) => done.push((await opened.engine.infer({ prompt: word })).text));
  const left = new AbortController();
  const leaving = opened.engine.infer({ prompt: 'd', signal: left.signal });
  await vi.waitFor(() => expect(release).toHaveLength(1));
  expect(await opened.engine.status()).toMatchObject({ activeRequests: 4, queuedRequests: 3 });
  left.abort();
  await expect(leaving).rejects.toMatchObject({ code: 'Cancelled' });
  for (let call = 0; call < 3; call += 1) {
    await vi.waitFor(() => expect(release).toHaveLength(call + 1));
    release[call]?.();
  }
  await Promise.all(calls);
  expect(done).toEqual(['a', 'b', 'c']);
});

it.each([
  ['refuses the connection', undefined],
  ['breaks the connection', reset],
  ['answers 500', failing(500)],
  ['answers 502', failing(502)],
  ['answers 503', failing(503)],
  ['answers 429', failing(429)],
])('asks another server when one %s', async (_, answer) => {
  await using bad = await fakeServer(answer === undefined ? [silent] : [answer]);
  if (answer === undefined) await bad.close();
  await using good = await fakeServer([chatAnswer('good')]);
  await using opened = await openEngine('text-generation', [bad.url, good.url]);
  expect([await ask(opened.engine), await ask(opened.engine)]).toEqual(['good', 'good']);
});

it('tries a single server again until it answers', async () => {
  await using server = await fakeServer([failing(500), reset, chatAnswer('at last')]);
  await using opened = await openEngine('text-generation', [server.url]);
  expect(await ask(opened.engine)).toBe('at last');
  expect(server.requests).toHaveLength(3);
});

it('tries a stream again only while nothing of it was read', async () => {
  await using server = await fakeServer([
    events([], 'reset'),
    chatEvents(['whole']),
    events([chatDelta('half')], 'reset'),
    chatEvents(['never']),
  ]);
  await using opened = await openEngine('text-generation', [server.url]);
  const chunks = await collect(opened.engine.inferStream({ prompt }));
  expect(chunks.map((chunk) => chunk.text).join('')).toBe('whole');
  await expect(collect(opened.engine.inferStream({ prompt }))).rejects.toMatchObject({
    code: 'Network',
    isRetryable: true,
    message: expect.stringMatching(
      new RegExp(`^${server.url} broke off in the middle of its answer: .+\\. Asking again starts anew\\.$`),
    ),
  });
  expect(server.requests).toHaveLength(3);
});

it('gives up after the attempts it has, with the last failure', async () => {
  await using server = await fakeServer([failing(500)]);
  await using opened = await openEngine('text-generation', [server.url], { retry: { attempts: 2, initialDelayMs: 1 } });
  await expect(ask(opened.engine)).rejects.toMatchObject({
    code: 'Backend',
    message: `${server.url} answered /chat/completions with 500: it is 500 It was tried 2 times.`,
    details: { attempts: 2, status: 500 },
  });
});

it.each([
  [400, 'RequestValidation'],
  [401, 'Auth'],
  [403, 'PermissionDenied'],
  [404, 'NotFound'],
  [413, 'RequestValidation'],
  [422, 'RequestValidation'],
  [504, 'Timeout'],
  [301, 'Backend'],
])('does not try again after %i', async (status, code) => {
  await using server = await fakeServer([failing(status)]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(ask(opened.engine)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`${server.url} answered /chat/completions with ${status}: it is ${status}`),
  });
  expect(server.requests).toHaveLength(1);
});

it('does not try again after its own time-out, since the server may still compute', async () => {
  await using server = await fakeServer([silent]);
  const timeouts = { firstByteMs: 50 };
  await using opened = await openEngine('text-generation', [server.url], { timeouts });
  await expect(ask(opened.engine)).rejects.toMatchObject({ code: 'Timeout' });
  await server.requests[0]?.aborted;
  expect(server.requests).toHaveLength(1);
});

it('ends a stream that falls silent', async () => {
  await using server = await fakeServer([events([chatDelta('x')], 'hang')]);
  await using opened = await openEngine('text-generation', [server.url], { timeouts: { idleMs: 50 } });
  await expect(collect(opened.engine.inferStream({ prompt }))).rejects.toMatchObject({ code: 'Timeout' });
});

it('waits as long as a server asks for, but not longer than it may', async () => {
  await using server = await fakeServer([
    failing(429, { 'retry-after-ms': '5' }),
    chatAnswer('after'),
    failing(429, { 'retry-after': '60' }),
  ]);
  await using opened = await openEngine('text-generation', [server.url]);
  expect(await ask(opened.engine)).toBe('after');
  await expect(ask(opened.engine)).rejects.toMatchObject({ code: 'RateLimit', retryAfterMs: 60_000 });
  expect(server.requests).toHaveLength(3);
});

it('stops trying when the caller aborts while it waits', async () => {
  await using server = await fakeServer([failing(503)]);
  const retry = { initialDelayMs: 60_000, maxDelayMs: 60_000 };
  await using opened = await openEngine('text-generation', [server.url], { retry });
  const left = new AbortController();
  const asked = opened.engine.infer({ prompt, signal: left.signal });
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  left.abort();
  await expect(asked).rejects.toMatchObject({ code: 'Cancelled' });
});

it('takes a failing server out of use, and lets one request try after a while', async () => {
  await using server = await fakeServer([failing(500), failing(500), failing(500), chatAnswer('well again')]);
  await using opened = await openEngine('text-generation', [server.url], {
    retry: { attempts: 1 },
    circuitBreaker: { consecutiveFailures: 2, openMs: 50 },
  });
  await expect(ask(opened.engine)).rejects.toMatchObject({ code: 'Backend' });
  await expect(ask(opened.engine)).rejects.toMatchObject({ code: 'Backend' });
  await expect(ask(opened.engine)).rejects.toMatchObject({
    code: 'Network',
    message: expect.stringMatching(/No server that has model is in use now:\n- http.*it is 500/),
    retryAfterMs: expect.any(Number),
  });
  expect(await opened.engine.status()).toMatchObject({ isReady: false });
  expect(await opened.engine.healthCheck()).toMatchObject({
    status: 'unhealthy',
    componentStatus: { backend: { metrics: { servers: 1, availableServers: 0 } } },
  });
  expect(server.requests).toHaveLength(2);
  await vi.waitFor(async () => expect((await opened.engine.status()).isReady).toBe(true));
  await expect(ask(opened.engine)).rejects.toMatchObject({ code: 'Backend' });
  expect(await opened.engine.status()).toMatchObject({ isReady: false });
  await vi.waitFor(async () => expect((await opened.engine.status()).isReady).toBe(true));
  expect(await ask(opened.engine)).toBe('well again');
  expect(await opened.engine.healthCheck()).toMatchObject({ status: 'healthy' });
});

it('does not blame a server for what is wrong with requests', async () => {
  await using server = await fakeServer([failing(400), failing(400), failing(400), chatAnswer('well')]);
  const circuitBreaker = { consecutiveFailures: 2 };
  await using opened = await openEngine('text-generation', [server.url], { circuitBreaker });
  for (let call = 0; call < 3; call += 1) await expect(ask(opened.engine)).rejects.toThrow();
  expect(await ask(opened.engine)).toBe('well');
});

it('passes over a server whose health check fails until it is well', async () => {
  let isWell = false;
  await using sick = await fakeServer([chatAnswer('sick')], (response, request) =>
    isWell ? json({})(response, request) : failing(503)(response, request),
  );
  await using well = await fakeServer([chatAnswer('well')]);
  const healthCheck = { intervalMs: 10 };
  await using opened = await openEngine('text-generation', [sick.url, well.url], { healthCheck });
  await vi.waitFor(async () => expect((await opened.engine.healthCheck()).status).toBe('warning'));
  expect([await ask(opened.engine), await ask(opened.engine)]).toEqual(['well', 'well']);
  isWell = true;
  await vi.waitFor(async () => expect((await opened.engine.healthCheck()).status).toBe('healthy'));
  expect(new Set([await ask(opened.engine), await ask(opened.engine)])).toEqual(new Set(['sick', 'well']));
});

it('leaves no connection and no health check when its last engine is closed', async () => {
  let checks = 0;
  await using server = await fakeServer([chatEvents(['x']), silent], (response, request) => {
    checks += 1;
    return json({})(response, request);
  });
  const healthCheck = { intervalMs: 5 };
  const opened = await openEngine('text-generation', [server.url], { healthCheck });
  await collect(opened.engine.inferStream({ prompt }));
  const stuck = opened.engine.infer({ prompt });
  stuck.catch(() => {});
  await vi.waitFor(() => expect(server.requests).toHaveLength(2));
  await opened.engine.shutdown({ drainTimeoutMs: 1 });
  await expect(stuck).rejects.toMatchObject({ code: 'Cancelled' });
  await opened[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(server.connections).toBe(0));
  const before = checks;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(checks).toBe(before);
});

it('uses connections again', async () => {
  const ports = new Set<number | undefined>();
  await using server = await fakeServer([
    (response, request) => {
      ports.add(response.socket?.remotePort);
      return chatEvents(['x'])(response, request);
    },
  ]);
  await using opened = await openEngine('text-generation', [server.url]);
  for (let call = 0; call < 10; call += 1) await collect(opened.engine.inferStream({ prompt }));
  // A request may begin before the connection of the one before is free.
  expect(ports.size).toBeLessThan(10);
});

it('sends the key of the environment, and shows it to nobody', async () => {
  vi.stubEnv('TEST_REMOTE_KEY', 'secret-1234');
  await using server = await fakeServer([text('wrong key: secret-1234', 'text/plain', 401)]);
  const servers = [{ url: server.url, apiKeyEnv: 'TEST_REMOTE_KEY', headers: { 'x-team': 'blue' } }];
  await using opened = await openEngine('text-generation', [], { servers });
  const error = await ask(opened.engine).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'Auth', message: expect.stringContaining('wrong key: ***') });
  expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer secret-1234', 'x-team': 'blue' });
  expect(JSON.stringify([opened.engine.config(), opened.engine.metrics()])).not.toContain('secret');
  vi.unstubAllEnvs();
});

it('tells the kinds of failure that another Ferrum names', async () => {
  const refusing = (code: string) => json({ error: { message: 'no', type: 'x', param: 'seed', code } }, 400);
  await using server = await fakeServer([refusing('unsupported'), refusing('invalid_parameter')]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(ask(opened.engine)).rejects.toMatchObject({ code: 'Unsupported', details: { parameter: 'seed' } });
  await expect(ask(opened.engine)).rejects.toMatchObject({ code: 'InvalidParameter' });
});

it('gives up on an answer that never ends', async () => {
  await using server = await fakeServer([
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const piece = Buffer.alloc(1024 * 1024, 32);
      const pour = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', pour);
      pour();
    },
  ]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(ask(opened.engine)).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringMatching(/more than/),
  });
});
