import { describe, expect, it } from 'vitest';
import { startServer } from '../testing/http-server.js';
import { rejection } from '../testing/rejection.js';
import { httpGet, isTransient, readText } from './http-request.js';

const { signal } = new AbortController();

describe('httpGet', () => {
  it('follows redirects, but sends the token to the first host alone', async () => {
    const storage = await startServer((_request, response) => response.end('bytes'));
    const hub = await startServer((request, response) => {
      const location = request.url === '/a' ? '/b' : `${storage.url}/c`;
      response.writeHead(302, { location }).end();
    });
    const response = await httpGet({ url: `${hub.url}/a`, token: 'secret', signal });
    expect(await readText(response, 100, 'body')).toBe('bytes');
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret']);
    expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('gives up on redirects in a circle or to another kind of address', async () => {
    const circle = await startServer((_request, response) => response.writeHead(302, { location: '/' }).end());
    expect((await rejection(httpGet({ url: circle.url, signal }))).message).toMatch(/redirected more than/);
    const odd = await startServer((_request, response) => response.writeHead(302, { location: 'file:///etc/x' }).end());
    expect((await rejection(httpGet({ url: odd.url, signal }))).message).toMatch(/cannot be trusted/);
  });

  it('tells a refused connection, which is final, from a broken one, which may pass', async () => {
    const refused = await rejection(httpGet({ url: 'http://127.0.0.1:65530/', signal }));
    expect([refused.code, isTransient(refused)]).toEqual(['Network', false]);
    const server = await startServer((request) => request.socket.destroy());
    const broken = await rejection(httpGet({ url: server.url, signal }));
    expect([broken.code, isTransient(broken)]).toEqual(['Network', true]);
  });

  it('reads no more text than allowed', async () => {
    const server = await startServer((_request, response) => response.end('x'.repeat(1000)));
    const response = await httpGet({ url: server.url, signal });
    expect((await rejection(readText(response, 10, 'The answer'))).code).toBe('InvalidFormat');
  });

  it('stops when it is aborted', async () => {
    const server = await startServer(() => undefined);
    const controller = new AbortController();
    const pending = rejection(httpGet({ url: server.url, signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    expect((await pending).code).toBe('Cancelled');
  });
});
