import { describe, expect, it } from 'vitest';
import { attackedEngines, attackedServer, statusOf } from '../testing/attacked-server.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { rawConnection, rawPost } from '../testing/raw-connection.js';
import { errorOf } from '../testing/read-response.js';
import { testServer } from '../testing/test-server.js';
import { until } from '../testing/until.js';

const server = attackedServer();
const { sendRaw, answerTo, sendJson } = server;
const model = 'text-generation';

describe('a client that is slow', () => {
  it.each([
    ['sends nothing', ''],
    ['sends half a request line', 'POST /v1/chat'],
    ['never ends its headers', 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n'],
  ])('%s, and is cut off', async (_, bytes) => {
    const answer = await answerTo(bytes);
    if (answer !== '') expect(statusOf(answer)).toBe('408');
  });

  it('sends header after header (slow loris), and is cut off', async () => {
    const { socket, closed } = sendRaw('GET /health HTTP/1.1\r\n');
    const timer = setInterval(() => socket.write('X-a: b\r\n'), 50);
    expect(statusOf(await closed)).toBe('408');
    clearInterval(timer);
  });

  it.each([
    ['of a length it gives', 'Content-Length: 1000\r\n\r\n', ' '],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n', '1\r\n \r\n'],
  ])('sends a body %s byte by byte, and is cut off', async (_, head, drop) => {
    const { socket, closed } = sendRaw(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${head}`,
    );
    const timer = setInterval(() => socket.write(drop), 50);
    const answer = await closed;
    clearInterval(timer);
    expect(statusOf(answer)).toBe('408');
    expect(answer).toMatch(/x-request-id: /i);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error).toMatchObject({
      type: 'invalid_request_error',
      code: 'request_timeout',
    });
  });
});

describe('headers that are too much', () => {
  it('are refused by their size', async () => {
    expect(statusOf(await answerTo(`GET /health HTTP/1.1\r\nHost: x\r\nX-a: ${'b'.repeat(20_000)}\r\n\r\n`))).toBe(
      '431',
    );
    expect(statusOf(await answerTo(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`))).toBe('431');
  });

  it.each([150, 2000])('are refused by their number: %i', async (count) => {
    const flood = Array.from({ length: count }, (_, index) => `a${index}:\r\n`).join('');
    const answer = await answerTo(`GET /health HTTP/1.1\r\nHost: x\r\n${flood}Connection: close\r\n\r\n`);
    expect(statusOf(answer)).toBe('431');
    expect(answer).toContain('headers_too_large');
  });

  it('are cut off when they never end', async () => {
    const { socket, closed } = sendRaw('GET /health HTTP/1.1\r\nHost: x\r\n');
    for (let index = 0; index < 5000; index += 1) socket.write(`X-${index}: ${'a'.repeat(100)}\r\n`);
    const answer = await closed;
    if (answer !== '') expect(statusOf(answer)).toBe('431');
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['words', 'hello there\r\n\r\n'],
    ['bytes', Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 37) % 256))],
    ['TLS', Buffer.from('16030100a5010000a10303', 'hex')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a version that is none', 'GET /health HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['a method that is none', 'STEAL /health HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header with a space before its colon', 'GET /health HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['a header without a name', 'GET /health HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n'],
    ['a zero byte in a header', 'GET /health HTTP/1.1\r\nHost: x\r\nX-a: a\0b\r\n\r\n'],
    ['a path with a space', 'GET /health /x HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a length that is none', 'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n'],
    ['a negative length', 'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    [
      'a chunk that is none',
      'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('is refused: %s', async (_, bytes) => {
    const answer = await answerTo(bytes);
    expect(['400', '505', undefined]).toContain(statusOf(answer));
    if (answer !== '') expect(answer).toMatch(/connection: close/i);
  });

  const garbage = `${'garbage\0\x01'.repeat(50)}\r\n\r\n`;

  it('ends the connection after a request that was right', async () => {
    const { socket, closed, received } = sendRaw('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => received().includes('{"status":"ok"}'));
    socket.write(garbage);
    expect([...(await closed).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '400']);
  });

  it('gets into no stream that is under way', async () => {
    const { engine } = fakeLanguageModel({
      beforePiece: (index, { signal }) =>
        index < 2 || new Promise((resume) => signal?.addEventListener('abort', resume, { once: true })),
    });
    await using slow = await testServer({ [model]: engine });
    const body = { model, messages: [{ role: 'user', content: 'one two three' }], stream: true };
    const { socket, closed, received } = rawConnection(slow.url, rawPost('/v1/chat/completions', body));
    await until(() => received().includes('data:'));
    socket.write(garbage);
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).not.toContain('HTTP/1.1 400');
  });

  it.each([
    [
      'both a length and chunks',
      'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n',
      '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    [
      'chunks and a length',
      'Transfer-Encoding: chunked\r\nContent-Length: 6\r\n',
      '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n', '{}GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'another encoding',
      'Transfer-Encoding: chunked, identity\r\n',
      '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    [
      'an encoding in disguise',
      'Transfer-Encoding:\x0bchunked\r\n',
      '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    ['a folded header', 'Content-Length:\r\n 2\r\nX: a\r\n b\r\n', '{}'],
    ['line feeds alone', 'Content-Length: 2\n\n{}GET /smuggled HTTP/1.1\nHost: x\n', ''],
  ])('smuggles no request: %s', async (_, headers, rest) => {
    const { closed, socket, received } = sendRaw(
      `POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n${rest}`,
    );
    await Promise.race([closed, until(() => received().includes('\r\n\r\n'))]);
    socket.end();
    await closed;
    expect(statusOf(received())).toMatch(/^4/);
    expect(server.log.join('')).not.toContain('/smuggled');
  });

  it('has a body that is no UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"embedding","input":"'),
      Buffer.from([0xff, 0xfe, 0x80]),
      Buffer.from('"}'),
    ]);
    const response = await sendJson(body, '/v1/embeddings');
    expect(response.status).toBe(400);
    await errorOf(response);
  });

  it('has half a surrogate pair in its text', async () => {
    for (const [path, body] of [
      ['/v1/embeddings', '{"model":"embedding","input":"\\ud800"}'],
      ['/v1/chat/completions', `{"model":"${model}","messages":[{"role":"user","content":"\\ud800"}]}`],
      ['/v1/chat/completions', `{"model":"\\ud800","messages":[{"role":"user","content":"a"}]}`],
    ] as const) {
      const response = await sendJson(body, path);
      expect(response.status).toBeLessThan(500);
      await response.json();
    }
  });
});

describe('very many connections', () => {
  it('are no more than may be, and the rest go on', async () => {
    await using few = await testServer(attackedEngines, { limits: { connections: 3 } });
    const open = Array.from({ length: 10 }, () =>
      rawConnection(few.url, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    await until(
      () =>
        open.filter(({ received }) => received().includes('200')).length === 3 &&
        open.filter(({ socket }) => socket.destroyed).length === 7,
    );
    for (const { socket } of open) socket.destroy();
    await until(async () => (await fetch(`${few.url}/health/live`).catch(() => undefined))?.status === 200);
  });

  it('may be broken off at any moment', async () => {
    const bytes = rawPost('/v1/chat/completions', {
      model,
      messages: [{ role: 'user', content: 'one two three' }],
      stream: true,
    });
    for (let length = 0; length <= bytes.length; length += 7) {
      const { socket, closed } = sendRaw(bytes.slice(0, length));
      socket.once('connect', () => setImmediate(() => (length % 2 === 0 ? socket.resetAndDestroy() : socket.end())));
      await closed;
    }
  });
});
