import { Type } from 'typebox';
import { errorResponses } from '../schema/common.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { type ModelDirectory, type ModelEntry, servedCapabilities } from './model-directory.js';

export const modelSchema = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer(),
  owned_by: Type.String(),
  capabilities: Type.Array(Type.Unsafe<string>({ type: 'string', enum: [...servedCapabilities] })),
  state: Type.Unsafe<'open' | 'closed'>({ type: 'string', enum: ['open', 'closed'] }),
  aliases: Type.Array(Type.String()),
  parent: Type.Optional(Type.String({ description: 'Of a LoRA adapter: the model that it changes.' })),
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
    async () => ({ object: 'list' as const, data: models.entries.flatMap((entry) => listed(entry, models)) }),
  );
  // An id with slashes that were not escaped, as people type it.
  app.get<{ Params: { '*': string } }>('/v1/models/*', { schema: { hide: true } }, async ({ params }) =>
    named(params['*'], models),
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
    async ({ params }) => named(params.id, models),
  );
}

/** The model, then its adapters. */
function listed(entry: ModelEntry, models: ModelDirectory) {
  const adapters = entry.adapters.namesWith(models.openLanguageModel(entry));
  return [toModel(entry, models), ...adapters.map((adapter) => toAdapter(entry, adapter, models))];
}

/** @throws FerrumError `NotFound` */
function named(name: string, models: ModelDirectory) {
  const { entry, adapter } = models.locate(name);
  if (adapter === undefined) return toModel(entry, models);
  if (entry.adapters.namesWith(models.openLanguageModel(entry)).includes(adapter))
    return toAdapter(entry, adapter, models);
  return toModel(models.find(name), models);
}

/** An adapter as a model of its own. */
export function toAdapter(entry: ModelEntry, adapter: string, models: ModelDirectory) {
  return { ...toModel(entry, models), id: `${entry.id}:${adapter}`, aliases: [], parent: entry.id };
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
