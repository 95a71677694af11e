import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { attackedServer } from '../testing/attacked-server.js';
import { errorOf } from '../testing/read-response.js';

const server = attackedServer();
const json = '{"model":"embedding","input":"a"}';
const send = (headers: Record<string, string>, body: string | Uint8Array = json, path = '/v1/embeddings') =>
  fetch(`${server.url}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

describe('a body in an encoding', () => {
  it.each(['gzip', 'GZIP', 'deflate', 'br', 'zstd', 'gzip, identity', 'nonsense'])(
    'that would have to be unpacked is refused: %s',
    async (encoding) => {
      const response = await send({ 'content-encoding': encoding }, gzipSync(json));
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('identity');
      expect(await errorOf(response)).toMatchObject({
        code: 'unsupported_media_type',
        message: expect.stringContaining('Content-Encoding'),
      });
    },
  );

  it('is refused of forms too', async () => {
    const type = { 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'gzip' };
    expect((await send(type, gzipSync('--x--'), '/v1/audio/transcriptions')).status).toBe(415);
  });

  it.each(['latin1', 'iso-8859-1', '"utf-16"', 'us-ascii'])('of another charset is refused: %s', async (charset) => {
    const response = await send({ 'content-type': `application/json; charset=${charset}` });
    expect(response.status).toBe(415);
    expect(await errorOf(response)).toMatchObject({
      code: 'unsupported_media_type',
      message: expect.stringContaining('UTF-8'),
    });
  });

  it.each([
    { 'content-encoding': 'identity' },
    { 'content-encoding': '' },
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'application/json; charset="UTF-8"' },
    { 'content-type': 'application/json;charset=utf8' },
  ])('that changes nothing is read: %o', async (headers) => {
    expect((await send(headers as Record<string, string>)).status).toBe(200);
  });
});
