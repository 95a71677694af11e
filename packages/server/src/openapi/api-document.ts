import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema, RouteOptions } from 'fastify';
import type { ModelDirectory } from '../models/model-directory.js';
import type { ResolvedSettings } from '../options/server-settings.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { documentBody } from './document-body.js';
import { operations } from './operations.js';

/** `/openapi.json` and `/reference`. Registered before the routes that they describe. */
export async function registerApiDocument(app: FerrumApp, { version, settings, models }: ServerContext): Promise<void> {
  const hasKeys = settings.apiKeys.length > 0;
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ferrum',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
        description:
          'Language models, embeddings, reranking, transcription and speech, in the shapes of the OpenAI API. ' +
          'Every response carries `X-Request-Id`; every error is `{error: {message, type, param, code}}`, but of ' +
          '`/v1/messages`, which is in the shape of the Anthropic API, `{type, error: {type, message}, request_id}`.',
      },
      // Where the document was read from.
      servers: [{ url: '/' }],
      tags,
      ...(hasKeys && {
        components: {
          securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'A key of the operator.' } },
        },
        security: [{ apiKey: [] }],
      }),
    },
    transform: ({ schema, url, route }) => ({
      schema: describe(schema, route, { models, hasKeys, limits: settings.limits }),
      url,
    }),
    refResolver: {
      buildLocalReference: ({ $id }, _, __, index) => (typeof $id === 'string' ? $id : `schema-${index}`),
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/reference',
    staticCSP: pageSources,
    theme: { title: 'Ferrum: the API' },
    uiConfig: {
      deepLinking: true,
      // Without a bar that loads other documents, and without asking a server elsewhere whether this one is valid.
      layout: 'BaseLayout',
      validatorUrl: null,
    },
  });
}

/** Nothing from elsewhere; and not the package's own list, which makes browsers load the page's parts by https. */
const pageSources = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

const tags = [
  { name: 'Text', description: 'Language models.' },
  { name: 'Embeddings', description: 'Vectors of texts and images.' },
  { name: 'Rerank', description: 'Documents in the order of a query.' },
  { name: 'Audio', description: 'Speech to text, and text to speech.' },
  { name: 'Tokens', description: 'What a language model reads and writes.' },
  { name: 'Models', description: 'What is served.' },
  { name: 'Health', description: 'For load balancers and people; no key is asked for.' },
  { name: 'Metrics', description: 'For Prometheus.' },
];

interface Described {
  readonly models: ModelDirectory;
  readonly hasKeys: boolean;
  readonly limits: ResolvedSettings['limits'];
}

function describe(
  schema: FastifySchema | undefined,
  route: RouteOptions,
  { models, hasKeys, limits }: Described,
): FastifySchema {
  const operation = operations[`${route.method} ${route.url}`];
  if (operation === undefined) return schema ?? {};
  const { operationId, answer, capability, example, isOpenToAll = false } = operation;
  const { body, response } = schema as DocumentedSchema;
  const model = models.entries.find(
    ({ capabilities }) => capability !== undefined && capabilities.includes(capability),
  );
  return {
    ...schema,
    operationId,
    ...(isOpenToAll && hasKeys && { security: [] }),
    ...(answer !== undefined && { response: { ...response, 200: { description: answer, ...response?.['200'] } } }),
    ...(body !== undefined && {
      body: {
        ...documentBody(body, limits),
        ...(model !== undefined && { examples: [{ model: model.id, ...example }] }),
      },
    }),
  };
}

interface DocumentedSchema {
  readonly body?: object;
  readonly response?: Readonly<Record<string, object>>;
}
