import { describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeHost } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { rawConnection, rawPost } from '../testing/raw-connection.js';
import { testServer } from '../testing/test-server.js';
import { Gate, until } from '../testing/until.js';

const chat = { model: 'text-generation', messages: [{ role: 'user', content: 'one two three four' }] };

describe('a client that leaves', () => {
  it.each([
    ['before the first token of a stream', true, 0],
    ['in the middle of a stream', true, 2],
    ['before a whole answer', false, 2],
  ])('%s ends the generation and gives the engine back', async (_, stream, at) => {
    const reached = new Gate();
    const { engine, requests } = fakeLanguageModel({
      beforePiece: (index, { signal }) => {
        if (index !== at) return undefined;
        reached.open();
        // An engine ends its step when the signal fires; nothing else ends this one.
        return new Promise((resume) => signal?.addEventListener('abort', resume, { once: true }));
      },
    });
    const host = fakeHost({ 'text-generation': engine });
    await using server = await testServer({ 'text-generation': engine }, { engines: host });
    const socket = rawConnection(server.url, rawPost('/v1/chat/completions', { ...chat, stream })).socket;
    await reached.wait();
    socket.destroy();
    await until(() => host.openEngines().every(({ leases }) => leases === 0));
    expect(requests[0]?.signal?.aborted).toBe(true);
    expect(requests[0]?.signal?.reason).toMatchObject({ message: 'The client has gone.' });
  });

  it('gives the engine back though the first token came just then', async () => {
    const gone = new Gate();
    const asked = new Gate();
    const { engine } = fakeLanguageModel({
      beforePiece: async (index) => {
        if (index !== 0) return;
        asked.open();
        await gone.wait();
      },
    });
    const { inferStream } = engine;
    const deaf = {
      ...engine,
      inferStream: (request: Parameters<typeof inferStream>[0]) => inferStream({ ...request, signal: undefined }),
    };
    const host = fakeHost({ 'text-generation': deaf });
    await using server = await testServer({ 'text-generation': deaf }, { engines: host });
    const socket = rawConnection(server.url, rawPost('/v1/chat/completions', { ...chat, stream: true })).socket;
    await asked.wait();
    socket.destroy();
    await until(
      async () =>
        (await new Promise<number>((resolve) =>
          server.server.app.server.getConnections((_, count) => resolve(count)),
        )) === 0,
    );
    gone.open();
    await until(() => host.openEngines().every(({ leases }) => leases === 0));
  });

  it('ends embeddings too', async () => {
    const asked = new Gate();
    let signalled: AbortSignal | undefined;
    const { engine } = fakeEmbedder({
      before: (signal) => {
        signalled = signal;
        asked.open();
        return new Promise((resume) => signal?.addEventListener('abort', resume, { once: true }));
      },
    });
    const host = fakeHost({ embedding: engine });
    await using server = await testServer({ embedding: engine }, { engines: host });
    const socket = rawConnection(server.url, rawPost('/v1/embeddings', { model: 'embedding', input: 'a' })).socket;
    await asked.wait();
    expect(signalled?.aborted).toBe(false);
    socket.destroy();
    await until(() => host.openEngines().every(({ leases }) => leases === 0));
    expect(signalled?.aborted).toBe(true);
  });

  it('does not count as one when its request was answered in full', async () => {
    const { engine, requests } = fakeLanguageModel();
    await using server = await testServer({ 'text-generation': engine });
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ ...chat, stream: true }),
    });
    await response.text();
    await until(
      async () =>
        (await new Promise<number>((resolve) =>
          server.server.app.server.getConnections((_, count) => resolve(count)),
        )) === 0,
    );
    expect(requests[0]?.signal?.aborted).toBe(false);
  });
});
