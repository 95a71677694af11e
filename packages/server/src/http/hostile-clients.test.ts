import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fakeEmbedder, fakeReranker } from '../testing/fake-embedder.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { rawConnection, rawPost } from '../testing/raw-connection.js';
import { errorOf } from '../testing/read-response.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';
import { until } from '../testing/until.js';

const model = 'text-generation';
const engines = {
  'text-generation': fakeLanguageModel().engine,
  embedding: fakeEmbedder().engine,
  reranking: fakeReranker(),
};
const timeouts = { headersSeconds: 0.3, bodySeconds: 0.3, uploadSeconds: 2 };
let server: TestServer;
let rssBefore: number;

beforeAll(async () => {
  server = await testServer(engines, { timeouts });
  rssBefore = process.memoryUsage.rss();
});
afterAll(() => server[Symbol.asyncDispose]());

// Whatever was done to it, the server is well and its requests are done.
afterEach(async () => {
  await until(async () => {
    const response = await fetch(`${server.url}/health`, { headers: { connection: 'close' } });
    const { status, in_flight_requests } = (await response.json()) as { status: string; in_flight_requests: number };
    return status === 'ok' && in_flight_requests === 0;
  });
  expect(Object.keys(Object.prototype)).toEqual([]);
});

const sendRaw = (bytes: string | Uint8Array) => rawConnection(server.url, bytes);
const answerTo = (bytes: string | Uint8Array) => sendRaw(bytes).closed;
const statusOf = (answer: string) => answer.match(/^HTTP\/1\.1 (\d+)/)?.[1];
const sendJson = (body: string | Uint8Array, path = '/v1/chat/completions') =>
  fetch(`${server.url}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

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

describe('a body that is too much', () => {
  it('is refused by its length, unread', async () => {
    const answer = await answerTo(
      'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n',
    );
    expect(statusOf(answer)).toBe('413');
    expect(answer).toContain('request_too_large');
  });

  it('is refused once it has come to more than the limit, in chunks', async () => {
    const { socket, closed } = sendRaw(
      'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    let isOpen = true;
    void closed.then(() => {
      isOpen = false;
    });
    let sent = 0;
    while (isOpen && sent < 64 * 2 ** 20) {
      sent += chunk.length;
      if (!socket.write(chunk)) await new Promise((resume) => setImmediate(resume));
      if (socket.destroyed) break;
    }
    const answer = await closed;
    if (answer !== '') expect(statusOf(answer)).toBe('413');
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  it('is not unpacked', async () => {
    const response = await fetch(`${server.url}/v1/embeddings`, {
      method: 'POST',
      body: gzipSync(Buffer.alloc(50 * 2 ** 20, ' ')),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(response.status).toBe(400);
  });

  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const deepObject = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  it.each([
    ['a list', deep(100_000)],
    ['an object', deepObject(100_000)],
    ['messages', `{"model":"${model}","messages":${deep(100_000)}}`],
    ['content', `{"model":"${model}","messages":[{"role":"user","content":${deep(100_000)}}]}`],
    [
      'part of content',
      `{"model":"${model}","messages":[{"role":"user","content":[{"type":"text","text":"a","b":${deepObject(100_000)}}]}]}`,
    ],
    ['metadata', `{"model":"${model}","messages":[{"role":"user","content":"a"}],"metadata":${deepObject(100_000)}}`],
    [
      'logit_bias',
      `{"model":"${model}","messages":[{"role":"user","content":"a"}],"logit_bias":${deepObject(100_000)}}`,
    ],
    ['an unknown field', `{"model":"${model}","messages":[{"role":"user","content":"a"}],"x":${deep(1_000_000)}}`],
  ])('is deep: %s', async (_, body) => {
    const response = await sendJson(body);
    expect(response.status).toBe(400);
    const { message } = await errorOf(response);
    expect(message.length).toBeLessThan(500);
  });

  it.each([
    ['/v1/embeddings', `{"model":"embedding","input":${deep(100_000)}}`],
    ['/v1/completions', `{"model":"${model}","prompt":${deep(100_000)}}`],
    ['/v1/rerank', `{"model":"reranking","query":"a","documents":[{"text":"a","b":${deepObject(100_000)}}]}`],
    ['/tokenize', `{"model":"${model}","messages":${deep(100_000)}}`],
    ['/detokenize', `{"model":"${model}","tokens":${deep(100_000)}}`],
  ])('is deep, at %s', async (path, body) => {
    expect((await sendJson(body, path)).status).toBe(400);
  });

  it('has very many fields', async () => {
    const fields = Array.from({ length: 400_000 }, (_, index) => `"k${index}":1`).join(',');
    const response = await sendJson(`{"model":"${model}","messages":[{"role":"user","content":"a"}],${fields}}`);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ param: 'k0', code: 'unknown_parameter' });
    const metadata = await sendJson(
      `{"model":"${model}","messages":[{"role":"user","content":"a"}],"metadata":{${fields}}}`,
    );
    expect(metadata.status).toBe(400);
  });

  it('has a name or a value that is very long', async () => {
    const long = 'x'.repeat(4_000_000);
    const responses = [
      await sendJson(`{"model":"${long}","messages":[]}`),
      await sendJson(`{"${long}":1}`),
      await sendJson(`{"model":"${model}","input":"a","encoding_format":"${long}"}`, '/v1/embeddings'),
    ];
    for (const response of responses) {
      expect(response.status).toBe(400);
      expect((await errorOf(response)).message.length).toBeLessThan(1000);
    }
  });

  it('has very many list items', async () => {
    const many = `[${'1,'.repeat(3_000_000)}1]`;
    expect((await sendJson(`{"model":"${model}","messages":${many}}`)).status).toBe(400);
    expect((await sendJson(`{"model":"${model}","stop":${many},"prompt":"a"}`, '/v1/completions')).status).toBe(400);
    expect((await sendJson(`{"model":"embedding","input":[${'"a",'.repeat(5000)}"a"]}`, '/v1/embeddings')).status).toBe(
      400,
    );
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

describe('paths', () => {
  it.each([
    '/../../../../etc/passwd',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%5c..%5cetc%5cpasswd',
    '/.%00/etc/passwd',
    '//etc/passwd',
    '/%252e%252e%252fetc%252fpasswd',
    '/v1/models/..%2f..%2f..%2f..%2fetc%2fpasswd',
    '/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/reference/static/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
    '/reference/static/../../../../../../etc/passwd',
    '/reference/..%2f..%2fpackage.json',
    '/reference/static/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    'http://127.0.0.1/etc/passwd',
  ])('lead nowhere: %s', async (path) => {
    const answer = await answerTo(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(statusOf(answer)).toMatch(/^40[0-9]$/);
    expect(answer).not.toMatch(/root:|"dependencies"/);
  });

  it('lead nowhere among the files of the page either', async ({ skip }) => {
    const page = await testServer(engines, { playground: true }).catch(() => skip('the page is not built'));
    await using served = page as TestServer;
    for (const path of [
      '/..%2f..%2fpackage.json',
      '/../../package.json',
      '/assets/..%2f..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/.%2e/index.js',
      '/..\\..\\package.json',
      '/%00',
      '/assets/',
      '/assets',
    ]) {
      const answer = await rawConnection(served.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
        .closed;
      expect([path, statusOf(answer)]).toEqual([path, expect.stringMatching(/^40[0-9]$/)]);
      expect(answer).not.toContain('"dependencies"');
    }
  });

  it.each(['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'CONNECT', 'PUT', 'PATCH', 'DELETE'])(
    'answer %s without a failure',
    async (method) => {
      for (const path of ['/', '/v1/models', '/v1/chat/completions', '/health', '*']) {
        const answer = await answerTo(
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nX-Secret: echo\r\nConnection: close\r\n\r\n`,
        );
        if (answer !== '') expect(statusOf(answer)).toMatch(/^[24]/);
        expect(answer).not.toContain('echo');
      }
    },
  );
});

describe('prototype pollution', () => {
  const evil = [
    '"__proto__":{"polluted":1}',
    '"constructor":{"prototype":{"polluted":1}}',
    '"\\u005f_proto__":{"polluted":1}',
  ];
  const places: readonly (readonly [string, string, (field: string) => string])[] = [
    [
      '/v1/chat/completions',
      'the top',
      (field) => `{"model":"${model}","messages":[{"role":"user","content":"a"}],${field}}`,
    ],
    [
      '/v1/chat/completions',
      'a message',
      (field) => `{"model":"${model}","messages":[{"role":"user","content":"a",${field}}]}`,
    ],
    [
      '/v1/chat/completions',
      'a part',
      (field) => `{"model":"${model}","messages":[{"role":"user","content":[{"type":"text","text":"a",${field}}]}]}`,
    ],
    [
      '/v1/chat/completions',
      'metadata',
      (field) => `{"model":"${model}","messages":[{"role":"user","content":"a"}],"metadata":{${field}}}`,
    ],
    [
      '/v1/chat/completions',
      'logit_bias',
      (field) => `{"model":"${model}","messages":[{"role":"user","content":"a"}],"logit_bias":{${field}}}`,
    ],
    ['/v1/embeddings', 'an input', (field) => `{"model":"embedding","input":[{"text":"a",${field}}]}`],
    ['/v1/rerank', 'a document', (field) => `{"model":"reranking","query":"a","documents":[{"text":"a",${field}}]}`],
    [
      '/v1/rerank',
      'deep in a document',
      (field) => `{"model":"reranking","query":"a","documents":[{"text":"a","x":{"y":[{${field}}]}}]}`,
    ],
    ['/tokenize', 'the top', (field) => `{"model":"${model}","content":"a",${field}}`],
  ];
  it.each(places.flatMap(([path, place, bodyOf]) => evil.map((field) => [field, place, path, bodyOf(field)] as const)))(
    '%s at %s of %s is refused',
    async (_, __, path, body) => {
      const response = await sendJson(body, path);
      expect(response.status).toBe(400);
      await errorOf(response);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it('does not come with a query or a header', async () => {
    expect(
      (await fetch(`${server.url}/v1/models?__proto__[polluted]=1&constructor[prototype][polluted]=1`)).status,
    ).toBeLessThan(500);
    await answerTo(
      'GET /v1/models HTTP/1.1\r\nHost: x\r\n__proto__: polluted\r\nconstructor: x\r\nConnection: close\r\n\r\n',
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a URL that a client names', () => {
  let sentinel: Server;
  let connections = 0;
  let base: string;
  beforeAll(async () => {
    sentinel = createHttpServer((_, response) => response.end('secret'));
    sentinel.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => sentinel.listen(0, '127.0.0.1', resolve));
    base = `127.0.0.1:${(sentinel.address() as AddressInfo).port}`;
  });
  afterAll(() => void sentinel.close());

  it('is never fetched', async () => {
    const urls = [
      `http://${base}/cat.png`,
      `HTTP://${base}`,
      `//${base}/a`,
      `http://user:pw@${base}/`,
      `data:text/html,<img src=http://${base}>`,
      `file://${base}/etc/passwd`,
      `blob:http://${base}/x`,
    ];
    for (const url of urls) {
      const parts = [
        { type: 'image_url', image_url: { url } },
        { type: 'input_audio', input_audio: { data: url, format: 'wav' } },
        { type: 'file', file: { file_data: url, file_id: url } },
      ];
      for (const part of parts) {
        const response = await post(server.url, '/v1/chat/completions', {
          model,
          messages: [{ role: 'user', content: [part] }],
        });
        expect(response.status).toBe(400);
        expect((await errorOf(response)).param).toContain('messages[0].content[0]');
      }
      for (const input of [[{ image: url }], [{ image: { url } }], [{ url }], { image: url }]) {
        expect((await post(server.url, '/v1/embeddings', { model: 'embedding', input })).status).toBe(400);
      }
      const document = { text: 'a', image: url };
      expect(
        (await post(server.url, '/v1/rerank', { model: 'reranking', query: 'a', documents: [document] })).status,
      ).toBe(400);
      expect((await post(server.url, '/v1/embeddings', { model: url, input: 'a' })).status).toBe(404);
    }
    await answerTo(`GET http://${base}/ HTTP/1.1\r\nHost: ${base}\r\nConnection: close\r\n\r\n`);
    await answerTo(`CONNECT ${base} HTTP/1.1\r\nHost: ${base}\r\n\r\n`);
    await answerTo(
      `GET /health HTTP/1.1\r\nHost: ${base}\r\nX-Forwarded-Host: ${base}\r\nReferer: http://${base}\r\nConnection: close\r\n\r\n`,
    );
    // The sentinel does count.
    expect(connections).toBe(0);
    await (await fetch(`http://${base}/`)).text();
    expect(connections).toBe(1);
  });
});

describe('very many connections', () => {
  it('are no more than may be, and the rest go on', async () => {
    await using few = await testServer(engines, { limits: { connections: 3 } });
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

it('has not used much memory for all of this', () => {
  expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(1.5 * 2 ** 30);
});
