import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { fakeEmbedder, fakeReranker } from './fake-embedder.js';
import { fakeLanguageModel } from './fake-language-model.js';
import { rawConnection } from './raw-connection.js';
import { type TestServer, testServer } from './test-server.js';
import { until } from './until.js';

export const attackedEngines = {
  'text-generation': fakeLanguageModel().engine,
  embedding: fakeEmbedder().engine,
  reranking: fakeReranker(),
};

/**
 * A server with short time-outs for the tests of a file. After each of them it has to be well, with no request left under
 * way, and no prototype may have changed.
 */
export function attackedServer() {
  let server: TestServer;
  let rssBefore: number;
  beforeAll(async () => {
    server = await testServer(attackedEngines, {
      timeouts: { headersSeconds: 0.3, bodySeconds: 0.3, uploadSeconds: 2 },
    });
    rssBefore = process.memoryUsage.rss();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    // The test's own bodies, up to 12 MB each, are in it too.
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(600 * 2 ** 20);
  });
  afterEach(async () => {
    await until(async () => {
      const response = await fetch(`${server.url}/health`, { headers: { connection: 'close' } });
      const { status, in_flight_requests } = (await response.json()) as { status: string; in_flight_requests: number };
      return status === 'ok' && in_flight_requests === 0;
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
  return {
    get url() {
      return server.url;
    },
    get log() {
      return server.log;
    },
    sendRaw: (bytes: string | Uint8Array) => rawConnection(server.url, bytes),
    /** All that came until the connection was closed. */
    answerTo: (bytes: string | Uint8Array) => rawConnection(server.url, bytes).closed,
    sendJson: (body: string | Uint8Array, path = '/v1/chat/completions') =>
      fetch(`${server.url}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  };
}

/** Of the first response on a raw connection. */
export function statusOf(answer: string): string | undefined {
  return answer.match(/^HTTP\/1\.1 (\d+)/)?.[1];
}
