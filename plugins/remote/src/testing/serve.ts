import type { Host } from '@ferrum/interfaces';
import { createServer } from '@ferrum/server';
import { pino } from 'pino';

export interface RunningServer {
  /** Base URL, with `/v1`. */
  readonly url: string;
  /** The engines behind it. */
  readonly host: Host;
  readonly close: () => Promise<void>;
}

/** Ferrum's own server on a free port. */
export async function serve(host: Host, models: readonly string[]): Promise<RunningServer> {
  const server = await createServer({
    ...{ engines: host, models: [...models], port: 0, playground: false },
    logger: pino({ level: 'silent' }),
  });
  const { url } = await server.listen();
  return {
    url: `${url}/v1`,
    host,
    async close() {
      await server.close();
      await host.dispose();
    },
  };
}
