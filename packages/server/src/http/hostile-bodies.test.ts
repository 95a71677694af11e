import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { attackedServer, statusOf } from '../testing/attacked-server.js';
import { errorOf } from '../testing/read-response.js';

const server = attackedServer();
const { sendRaw, answerTo, sendJson } = server;
const model = 'text-generation';

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
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
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
    expect(response.status).toBe(415);
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
    expect(await errorOf(response)).toMatchObject({
      message: 'The body is nested more than 100 levels deep.',
      code: 'invalid_json',
    });
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
    expect(await errorOf(response)).toMatchObject({ param: null, code: 'invalid_json' });
    const metadata = await sendJson(
      `{"model":"${model}","messages":[{"role":"user","content":"a"}],"metadata":{${fields}}}`,
    );
    expect(metadata.status).toBe(400);
  });

  it('has a name or a value that is very long', async () => {
    const long = 'x'.repeat(4_000_000);
    const responses = [
      await sendJson(`{"model":"${long}","messages":[]}`),
      await sendJson(`{"model":"${model}","messages":[{"role":"user","content":"a"}],"${long}":1}`),
      await sendJson(`{"model":"${model}","messages":[{"role":"user","content":"a"}],"metadata":{"${long}":1}}`),
      await sendJson(`{"model":"${model}","input":"a","encoding_format":"${long}"}`, '/v1/embeddings'),
    ];
    for (const response of responses) {
      expect(response.status).toBe(400);
      const { message, param } = await errorOf(response);
      expect(message.length).toBeLessThan(1000);
      expect(param?.length ?? 0).toBeLessThanOrEqual(101);
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
