import { once } from 'node:events';
import type { InferenceRequest, LlmInferenceEngine } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { rawConnection, rawPost } from '../testing/raw-connection.js';
import { errorOf } from '../testing/read-response.js';
import { eventsOf, post, testServer } from '../testing/test-server.js';
import { Gate, until } from '../testing/until.js';

const chat = { model: 'text-generation', messages: [{ role: 'user', content: 'one two three' }], stream: true };

function slowModel() {
  const gate = new Gate();
  const started = new Gate();
  const fake = fakeLanguageModel({
    beforePiece: async (index, { signal }) => {
      if (index !== 2) return;
      started.open();
      await Promise.race([
        gate.wait(),
        new Promise((resume) => signal?.addEventListener('abort', resume, { once: true })),
      ]);
    },
  });
  return { gate, started, ...fake };
}

describe('a graceful shutdown', () => {
  it('lets a stream end, and refuses new requests meanwhile', async () => {
    const { engine, gate, started } = slowModel();
    await using server = await testServer({ 'text-generation': engine });
    // A kept-alive connection on which one more request is on its way when the shutdown begins.
    const other = rawConnection(
      server.url,
      `GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n${rawPost('/v1/chat/completions', '{}').slice(0, -1)}`,
    );
    await until(() => other.received().includes('{"status":"ok"}'));
    const stream = post(server.url, '/v1/chat/completions', chat);
    await started.wait();
    const closing = server.server.close();
    expect(server.server.close()).toBe(closing);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    gate.open();
    const events = await eventsOf(await stream);
    expect(events.at(-1)).toBe('[DONE]');
    expect(events.join('')).toContain('" three"');
    other.socket.destroy();
    // Long before the connection's keep-alive time is over.
    await closing;
  });

  it('answers 503 to a request on an open connection, and says that it is not ready', async () => {
    const { engine, gate, started } = slowModel();
    await using server = await testServer({ 'text-generation': engine });
    const pipelined = rawConnection(server.url, rawPost('/v1/chat/completions', chat));
    await started.wait();
    const closing = server.server.close();
    const seen = once(server.server.app.server, 'request');
    pipelined.socket.write('GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n');
    await seen;
    gate.open();
    const received = await pipelined.closed;
    expect(received).toMatch(/HTTP\/1\.1 200 [\s\S]*\[DONE\][\s\S]*HTTP\/1\.1 503 /);
    await closing;
  });

  it('ends a stream with an error event once it has waited long enough', async () => {
    const { engine, started } = slowModel();
    await using server = await testServer({ 'text-generation': engine }, { timeouts: { shutdownSeconds: 0.05 } });
    const stream = post(server.url, '/v1/chat/completions', chat);
    await started.wait();
    const closing = server.server.close();
    const events = await eventsOf(await stream);
    expect(JSON.parse(events.at(-2) ?? '')).toMatchObject({
      error: { type: 'server_error', message: expect.stringContaining('cancelled') },
    });
    expect(events.at(-1)).toBe('[DONE]');
    await closing;
  });

  it('gives whole answers a 503 with Retry-After then', async () => {
    const { engine, started } = slowModel();
    await using server = await testServer({ 'text-generation': engine }, { timeouts: { shutdownSeconds: 0.05 } });
    const answer = post(server.url, '/v1/chat/completions', { ...chat, stream: false });
    await started.wait();
    const closing = server.server.close();
    const response = await answer;
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    await errorOf(response);
    await closing;
  });

  it('does not wait for connections on which nothing is asked', async () => {
    await using server = await testServer({ 'text-generation': fakeLanguageModel().engine });
    const silent = rawConnection(server.url, '');
    const halfway = rawConnection(server.url, 'GET /health HTTP/1.1\r\nHost:');
    const keptAlive = rawConnection(server.url, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => keptAlive.received().includes('{"status":"ok"}'));
    await server.server.close();
    await Promise.all([silent.closed, halfway.closed, keptAlive.closed]);
  });

  it('does not wait for a client that reads nothing', async () => {
    const started = new Gate();
    const { engine } = fakeLanguageModel();
    const wide: LlmInferenceEngine = {
      ...engine,
      inferStream: async function* (request: InferenceRequest) {
        const common = { requestId: 'x', createdAt: new Date(0), metadata: {}, tokens: [1] };
        const { signal } = request;
        while (!signal?.aborted) {
          started.open();
          yield { ...common, text: 'x'.repeat(100_000) };
        }
      },
    };
    await using server = await testServer({ 'text-generation': wide }, { timeouts: { shutdownSeconds: 0.05 } });
    const deaf = rawConnection(server.url, rawPost('/v1/chat/completions', chat));
    deaf.socket.pause();
    await started.wait();
    await server.server.close();
    deaf.socket.destroy();
  });
});
