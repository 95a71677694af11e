import { Type } from 'typebox';
import { errorResponses } from '../schema/common.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { type ModelDirectory, type ModelEntry, servedCapabilities } from './model-directory.js';

const modelSchema = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer(),
  owned_by: Type.String(),
  capabilities: Type.Array(Type.Unsafe<string>({ type: 'string', enum: [...servedCapabilities] })),
  state: Type.Unsafe<'open' | 'closed'>({ type: 'string', enum: ['open', 'closed'] }),
  aliases: Type.Array(Type.String()),
  context_length: Type.Optional(
    Type.Integer({ description: 'Tokens of prompt and answer; of language models that are open.' }),
  ),
});

/** `GET /v1/models` and `/v1/models/{id}`. */
export function registerModels(app: FerrumApp, { models }: ServerContext): void {
  app.get(
    '/v1/models',
    {
      schema: {
        summary: 'List the models',
        tags: ['Models'],
        response: {
          200: Type.Object({ object: Type.Literal('list'), data: Type.Array(modelSchema) }),
          ...errorResponses,
        },
      },
    },
    async () => ({ object: 'list' as const, data: models.entries.map((entry) => toModel(entry, models)) }),
  );
  // An id with slashes that were not escaped, as people type it.
  app.get<{ Params: { '*': string } }>('/v1/models/*', { schema: { hide: true } }, async ({ params }) =>
    toModel(models.find(params['*']), models),
  );
  app.get(
    '/v1/models/:id',
    {
      schema: {
        summary: 'Describe a model',
        tags: ['Models'],
        params: Type.Object({ id: Type.String({ minLength: 1 }) }),
        response: { 200: modelSchema, ...errorResponses },
      },
    },
    async ({ params }) => toModel(models.find(params.id), models),
  );
}

function toModel(entry: ModelEntry, models: ModelDirectory) {
  const open = models.openModels().filter((model) => model.entry === entry);
  const contextLength = open.find(({ capability }) => capability === 'text-generation')?.engine.config().model
    .modelInfo?.maxSequenceLength;
  return {
    id: entry.id,
    object: 'model' as const,
    created: entry.created,
    owned_by: 'ferrum',
    capabilities: [...entry.capabilities],
    state: open.length > 0 ? ('open' as const) : ('closed' as const),
    aliases: [...entry.aliases],
    ...(contextLength === undefined ? {} : { context_length: contextLength }),
  };
}
