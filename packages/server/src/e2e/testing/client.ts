import OpenAI, { type ClientOptions } from 'openai';
import { afterEach } from 'vitest';
import type { FakeEngines } from '../../testing/fake-host.js';
import { testServer } from '../../testing/test-server.js';
import { type CheckedFetch, checkedFetch } from './checked-fetch.js';

export interface Session extends CheckedFetch {
  readonly client: OpenAI;
  /** What the client calls; `/v1` included. */
  readonly baseURL: string;
}

let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  const all = ends;
  ends = [];
  for (const end of all) await end();
});

/**
 * OpenAI's client of a server over fake engines. After the test all responses that the client got have been checked by
 * OpenAI's schemas, and the server is closed.
 */
export async function connect(
  engines: FakeEngines,
  settings: Parameters<typeof testServer>[1] = {},
  options: ClientOptions = {},
): Promise<Session> {
  const server = await testServer(engines, settings);
  const checked = checkedFetch();
  ends.push(async () => {
    await server[Symbol.asyncDispose]();
    await checked.settled();
  });
  const baseURL = `${server.url}/v1`;
  const client = new OpenAI({ baseURL, apiKey: 'any key', maxRetries: 0, fetch: checked.fetch, ...options });
  return { ...checked, client, baseURL };
}

/** Everything that an iterable gives. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}
