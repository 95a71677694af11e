import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Admission } from './http/admission.js';
import type { ClientSignals } from './http/client-signal.js';
import type { UploadFolder } from './http/upload-folder.js';
import type { ServerMetrics } from './metrics/server-metrics.js';
import type { ModelDirectory } from './models/model-directory.js';
import type { ResolvedSettings } from './options/server-settings.js';
import type { SessionStore } from './sessions/session-store.js';

/** What routes work with. */
export interface ServerContext {
  readonly settings: ResolvedSettings;
  readonly models: ModelDirectory;
  readonly metrics: ServerMetrics;
  readonly sessions: SessionStore;
  readonly admission: Admission;
  readonly signals: ClientSignals;
  readonly uploads: UploadFolder;
  readonly version: string;
  /** True from the first word of a shutdown. */
  readonly isClosing: () => boolean;
}

/** Fastify whose handlers are typed by their routes' schemas. */
export type FerrumApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
