import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackedEngines, attackedServer, statusOf } from '../testing/attacked-server.js';
import { rawConnection } from '../testing/raw-connection.js';
import { errorOf } from '../testing/read-response.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';

const server = attackedServer();
const { answerTo } = server;
const model = 'text-generation';

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
    const page = await testServer(attackedEngines, { playground: true }).catch(() => skip('the page is not built'));
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
