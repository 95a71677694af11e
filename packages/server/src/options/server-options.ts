import type { Host } from '@ferrum/interfaces';
import type { FastifyBaseLogger } from 'fastify';
import type { ServedModel } from './served-model.js';
import type { ServerSettings } from './server-settings.js';

export interface ServerOptions extends ServerSettings {
  /** Opens the engines; the caller disposes it after the server is closed. */
  readonly engines: Host;
  /** What is offered, in this order. */
  readonly models: readonly (string | ServedModel)[];
  /** Default: pino to standard output at `logLevel`. */
  readonly logger?: FastifyBaseLogger;
  /** Told by `/health` and the API document. Default: of this package. */
  readonly version?: string;
}
