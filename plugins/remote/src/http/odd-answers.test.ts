import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { collect } from '../testing/collect.js';
import { type Answer, chatAnswer, chatDelta, events, fakeServer } from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

const prompt = 'Say hello.';
const whole = [chatDelta('x'), chatDelta('', 'stop'), '[DONE]'];

it.each([
  ['before its head', 'SSH-2.0-OpenSSH\r\n'],
  ['in its body', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\nx'],
])('does not try again an answer that is no HTTP %s', async (_, junk) => {
  let asked = 0;
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      asked += 1;
      socket.write(junk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await using opened = await openEngine('text-generation', [`http://127.0.0.1:${port}/v1`]);
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringContaining('does not speak HTTP'),
  });
  expect(asked).toBe(1);
  server.close();
});

it('names an encoding that it did not ask for', async () => {
  const packed: Answer = (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync('{"choices":[]}'));
  await using server = await fakeServer([packed]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringContaining('content-encoding gzip'),
  });
});

it('passes over events without data', async () => {
  await using server = await fakeServer([events(['', ...whole])]);
  await using opened = await openEngine('text-generation', [server.url]);
  expect(await collect(opened.engine.inferStream({ prompt }))).toHaveLength(2);
});

it('uses a connection again whose answer ends some time after [DONE]', async () => {
  const ports = new Set<number | undefined>();
  let aborted = 0;
  await using server = await fakeServer([
    async (response, request) => {
      ports.add(response.socket?.remotePort);
      request.aborted.then(() => {
        aborted += 1;
      });
      await events(whole, 'hang')(response, request);
      setTimeout(() => response.end(), 5);
    },
  ]);
  await using opened = await openEngine('text-generation', [server.url]);
  for (let call = 0; call < 4; call += 1) {
    await collect(opened.engine.inferStream({ prompt }));
    await sleep(30);
  }
  expect(aborted).toBe(0);
  expect(ports.size).toBeLessThan(4);
});

it('frees the place of an answer that does not end after [DONE]', async () => {
  await using server = await fakeServer([events(whole, 'hang')]);
  await using opened = await openEngine('text-generation', [], { servers: [{ url: server.url, maxConcurrent: 1 }] });
  for (let call = 0; call < 2; call += 1) await collect(opened.engine.inferStream({ prompt }));
  expect(server.requests).toHaveLength(2);
});

it('sends many requests at once without a warning', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  await using server = await fakeServer([chatAnswer('x')]);
  await using opened = await openEngine('text-generation', [server.url]);
  await Promise.all(Array.from({ length: 30 }, () => opened.engine.infer({ prompt })));
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});
