import { describe, expect, it } from 'vitest';
import { attackedServer, statusOf } from '../testing/attacked-server.js';
import { until } from '../testing/until.js';

const server = attackedServer();

describe('a head that Node would refuse without a word', () => {
  it.each([
    ['no Host', '400', 'malformed_request', ''],
    ['an Expect that nobody knows', '417', 'expectation_failed', 'Host: x\r\nExpect: foo\r\n'],
    [
      'too many headers',
      '431',
      'headers_too_large',
      `Host: x\r\n${Array.from({ length: 150 }, (_, index) => `a${index}:\r\n`).join('')}`,
    ],
  ])('is answered in the shape of the API: %s', async (_, status, code, headers) => {
    const answer = await server.answerTo(`GET /v1/models HTTP/1.1\r\n${headers}\r\n`);
    expect(statusOf(answer)).toBe(status);
    expect(answer).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/);
    expect(answer).toMatch(/connection: close/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error).toMatchObject({ type: 'invalid_request_error', code });
    await until(() => server.log.some((line) => JSON.parse(line).res?.statusCode === Number(status)));
  });

  it.each([
    ['HTTP/1.0 has no Host', 'GET /v1/models HTTP/1.0\r\n\r\n'],
    [
      '100-continue is known',
      'POST /detokenize HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 42\r\nConnection: close\r\n\r\n{"model": "text-generation", "tokens": []}',
    ],
  ])('is none: %s', async (_, bytes) => {
    expect(await server.answerTo(bytes)).toMatch(/^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 200 /);
  });
});
