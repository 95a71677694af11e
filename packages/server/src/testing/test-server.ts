import { pino } from 'pino';
import { createServer, type FerrumServer } from '../create-server.js';
import type { ServerOptions } from '../options/server-options.js';
import { type FakeEngines, fakeHost } from './fake-host.js';

export interface TestServer extends AsyncDisposable {
  readonly server: FerrumServer;
  /** Once `listen` was called. */
  readonly url: string;
  /** What was logged, a JSON line each. */
  readonly log: string[];
}

/**
 * A server over fake engines that listens on a free port. Its models are called like their capabilities, so
 * `{ model: 'text-generation' }` names the fake language model.
 */
export async function testServer(engines: FakeEngines, options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const log: string[] = [];
  const logger = pino({ level: options.logLevel ?? 'info' }, { write: (line: string) => void log.push(line) });
  const host = options.engines ?? fakeHost(engines);
  const server = await createServer({
    models: Object.keys(engines),
    playground: false,
    port: 0,
    logger,
    ...options,
    engines: host,
  });
  const { url } = await server.listen();
  return {
    server,
    url,
    log,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await host.dispose();
    },
  };
}

/** POSTs JSON. */
export function post(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The data of the events of a stream, read to its end. */
export async function eventsOf(response: Response): Promise<string[]> {
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => block.replace(/^data: /, ''));
}
