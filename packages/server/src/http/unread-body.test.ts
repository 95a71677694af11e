import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackedEngines, statusOf } from '../testing/attacked-server.js';
import { rawConnection } from '../testing/raw-connection.js';
import { type TestServer, testServer } from '../testing/test-server.js';

const jsonBytes = 2 ** 20;
let server: TestServer;
beforeAll(async () => {
  server = await testServer(attackedEngines, {
    limits: { jsonBytes },
    apiKeys: ['right-key'],
    timeouts: { bodySeconds: 0.5 },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Sent {
  readonly path?: string;
  readonly key?: string;
  readonly type?: string;
  readonly isChunked?: boolean;
  readonly bytes?: number;
}

/** As Python's http.client does: writes everything, then looks for an answer; none where the connection broke meanwhile. */
async function answerAfterAll({
  path = '/v1/embeddings',
  key = 'right-key',
  type = 'application/json',
  isChunked = false,
  bytes = 3 * jsonBytes,
}: Sent): Promise<string> {
  const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes}`;
  const { socket, closed } = rawConnection(
    server.url,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: ${type}\r\n${length}\r\nConnection: close\r\n\r\n`,
  );
  socket.pause();
  const piece = 'x'.repeat(2 ** 16);
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += piece.length) {
    if (!socket.write(isChunked ? `10000\r\n${piece}\r\n` : piece)) await drained(socket);
    // The server is in the same process, and the kernel takes megabytes before it comes to its turn.
    await new Promise((resume) => setImmediate(resume));
  }
  if (isChunked) socket.write('0\r\n\r\n');
  socket.resume();
  return closed;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', resolve);
  });
}

describe('an answer before the body has come', () => {
  it.each([
    ['413', {}],
    ['413', { isChunked: true }],
    ['415', { type: 'text/plain' }],
    ['401', { key: 'wrong-key' }],
    ['401', { key: 'wrong-key', path: '/v1/audio/transcriptions', type: 'multipart/form-data; boundary=x' }],
    ['404', { path: '/v1/nothing' }],
    ['405', { path: '/v1/models' }],
  ])('reaches a client that reads after it has sent all: %s for %o', async (status, sent) => {
    const answer = await answerAfterAll(sent);
    expect(statusOf(answer)).toBe(status);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toHaveProperty('error.message');
  });

  it('comes once, though the rest of the body does not', async () => {
    const { closed } = rawConnection(
      server.url,
      `POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer right-key\r\nContent-Type: application/json\r\nContent-Length: ${2 * jsonBytes}\r\n\r\n{`,
    );
    const answer = await closed;
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['413']);
  });

  it.each([
    ['says so', false],
    ['does not', true],
  ])('waits for no more than four times the limit when a client %s', async (_, isChunked) => {
    let written = 0;
    const { socket, closed } = rawConnection(
      server.url,
      `POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer right-key\r\nContent-Type: application/json\r\n${isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${1024 * jsonBytes}`}\r\n\r\n`,
    );
    const piece = `10000\r\n${'x'.repeat(2 ** 16)}\r\n`;
    while (!socket.destroyed && written < 64 * jsonBytes) {
      written += piece.length;
      if (!socket.write(piece)) await drained(socket);
    }
    socket.destroy();
    await closed;
    expect(written).toBeLessThan(64 * jsonBytes);
  });
});
