import helmet from '@fastify/helmet';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyBaseLogger } from 'fastify';
import { registerAudio } from './audio/register-audio.js';
import { registerChat } from './chat/chat-route.js';
import { registerCompletions } from './completions/completions-route.js';
import { registerEmbeddings } from './embeddings/embeddings-route.js';
import { registerHealth } from './health/health-routes.js';
import { protect } from './http/access.js';
import { Admission } from './http/admission.js';
import { refuseEncodedBodies } from './http/body-encoding.js';
import { ClientSignals } from './http/client-signal.js';
import { refuseWhileClosing } from './http/closing.js';
import { Connections } from './http/connections.js';
import { allowOrigins } from './http/cross-origin.js';
import { listen } from './http/listen.js';
import { newApp } from './http/new-app.js';
import { checkHead } from './http/request-head.js';
import { answerUnknownRoutes } from './http/unknown-route.js';
import { UploadFolder } from './http/upload-folder.js';
import { anthropicErrorSchema } from './messages/error-schema.js';
import { registerMessages } from './messages/messages-route.js';
import { registerMetrics } from './metrics/metrics-route.js';
import { ServerMetrics } from './metrics/server-metrics.js';
import { registerAdapters } from './models/adapter-routes.js';
import { ModelDirectory } from './models/model-directory.js';
import { registerModels } from './models/models-routes.js';
import { registerApiDocument } from './openapi/api-document.js';
import { checkSettings } from './options/check-settings.js';
import { servedModelSchema } from './options/served-model.js';
import type { ServerOptions } from './options/server-options.js';
import { serverSettingsSchema, withDefaults } from './options/server-settings.js';
import { registerPlayground } from './page/playground-route.js';
import { registerRerank } from './rerank/rerank-route.js';
import { registerResponses } from './responses/responses-route.js';
import { errorSchema } from './schema/common.js';
import type { FerrumApp, ServerContext } from './server-context.js';
import { SessionStore } from './sessions/session-store.js';
import { registerTokens } from './tokens/token-routes.js';
import { version as packageVersion } from './version.js';

export interface FerrumServer extends AsyncDisposable {
  /** Fastify itself, ready: its log, its socket, and `inject` for tests. */
  readonly app: FerrumApp;
  /** Starts to take requests. @throws FerrumError `IO` when the address is taken or not this machine's. */
  listen(): Promise<{ readonly url: string }>;
  /**
   * Takes no new requests, lets those under way end for `timeouts.shutdownSeconds`, then ends them. Engines stay open: they
   * are their host's. Safe to call twice.
   */
  close(): Promise<void>;
}

/**
 * An OpenAI-compatible server over the engines of a host.
 * @throws FerrumError `Config` for a setting that cannot be, or a model that no engine opens; what the model store says of one.
 */
export async function createServer({
  engines,
  models,
  logger,
  version = packageVersion,
  ...given
}: ServerOptions): Promise<FerrumServer> {
  const settings = withDefaults(checkSettings(serverSettingsSchema, given, 'createServer()'));
  for (const [index, model] of models.entries()) {
    if (typeof model !== 'string') checkSettings(servedModelSchema, model, `createServer(), models.${index}`);
  }
  const app = newApp(settings, logger);
  const directory = await ModelDirectory.open(engines, models, ({ model, adapter, error }) => {
    // One that was still loading when its model was closed.
    if (FerrumError.isInstance(error) && error.code === 'Cancelled') return;
    app.log.warn({ err: error, model: `${model}:${adapter}` }, 'adapter could not be loaded');
  });
  const sessions = new SessionStore(settings.sessions);
  const admission = new Admission();
  let isClosing = false;
  const context: ServerContext = {
    settings,
    models: directory,
    sessions,
    admission,
    metrics: new ServerMetrics({ models: directory, sessions, admission }),
    signals: new ClientSignals(),
    uploads: new UploadFolder(),
    version,
    isClosing: () => isClosing,
  };

  const connections = new Connections(app.server);
  app.addHook('preClose', async () => {
    isClosing = true;
    connections.close();
    setTimeout(() => {
      context.signals.abortAll();
      setTimeout(() => connections.destroy(), lastWordsMs).unref();
    }, settings.timeouts.shutdownSeconds * 1000).unref();
  });
  app.addHook('onClose', () => context.uploads.remove());
  await registerAll(app, context);
  await app.ready();

  let closed: Promise<void> | undefined;
  const close = () => (closed ??= app.close());
  return {
    app,
    close,
    [Symbol.asyncDispose]: close,
    listen: async () => {
      const url = await listen(app, settings);
      preload(context, app.log);
      return { url };
    },
  };
}

/** For clients to read that their answer was cut off. */
const lastWordsMs = 2000;

async function registerAll(app: FerrumApp, context: ServerContext): Promise<void> {
  const { settings } = context;
  answerUnknownRoutes(app);
  refuseEncodedBodies(app);
  // Here, because a scope that adds one of its own has serializers of its own.
  app.addSchema(errorSchema);
  app.addSchema(anthropicErrorSchema);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: pageSources },
    // Whether the connection is encrypted is a reverse proxy's to say.
    strictTransportSecurity: false,
  });
  await allowOrigins(app, settings);
  context.metrics.observeHttp(app);
  // After CORS and the metrics: pages can read these answers too, and they are counted.
  checkHead(app);
  refuseWhileClosing(app, context);
  await registerApiDocument(app, context);
  registerHealth(app, context);
  if (settings.playground) await registerPlayground(app);
  await app.register(async (scope: FerrumApp) => {
    await protect(scope, settings);
    context.admission.guard(scope, settings);
    registerModels(scope, context);
    registerAdapters(scope, context);
    registerMetrics(scope, context);
    registerChat(scope, context);
    registerCompletions(scope, context);
    registerResponses(scope, context);
    registerMessages(scope, context);
    registerEmbeddings(scope, context);
    registerRerank(scope, context);
    registerTokens(scope, context);
    await registerAudio(scope, context);
  });
}

/** The page and the reference load nothing from elsewhere, and run no script of a text's. */
const pageSources = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'media-src': ["'self'", 'blob:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Opens what is to be open before the first request; one that fails is told of in the log, and tried again when asked for. */
function preload({ models, isClosing }: ServerContext, log: FastifyBaseLogger): void {
  for (const entry of models.entries.filter(({ preload }) => preload)) {
    for (const capability of entry.capabilities) {
      models.lease(capability, entry.id).then(
        (lease) => {
          log.info({ model: entry.id, capability }, 'model opened');
          return lease.release();
        },
        (error: unknown) => {
          if (!isClosing()) log.error({ err: error, model: entry.id, capability }, 'model could not be opened');
        },
      );
    }
  }
}
