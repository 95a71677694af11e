import { FerrumError } from '@ferrum/registry/errors';
import { Type } from 'typebox';
import { requireFeatures } from '../generation/feature-needs.js';
import { apiErrorOf, badRequest } from '../http/api-error.js';
import { workSignal } from '../http/work-signal.js';
import { errorResponses } from '../schema/common.js';
import { nullable } from '../schema/nullable.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { adapterPath } from './adapter-path.js';
import type { ModelDirectory, ModelEntry } from './model-directory.js';
import { modelSchema, toAdapter } from './models-routes.js';

const common = {
  lora_name: Type.String({
    pattern: '^[A-Za-z0-9_.-]{1,128}$',
    description: 'Clients then ask for "model:lora_name".',
  }),
  model: Type.Optional(
    nullable(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Extension: the model that it changes. Needed where several language models are served.',
      }),
    ),
  ),
};

const loadSchema = Type.Object(
  {
    ...common,
    lora_path: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: "A PEFT folder or a GGUF file, within the operator's `adapterDirectory`.",
    }),
  },
  { additionalProperties: false },
);

const unloadSchema = Type.Object(common, { additionalProperties: false });

/** `POST /v1/load_lora_adapter` and `/v1/unload_lora_adapter`, as vLLM has them. */
export function registerAdapters(app: FerrumApp, context: ServerContext): void {
  const { models, settings } = context;
  app.post(
    '/v1/load_lora_adapter',
    {
      schema: {
        summary: 'Load a LoRA adapter',
        tags: ['Models'],
        body: loadSchema,
        response: { 200: modelSchema, ...errorResponses },
      },
    },
    async ({ body }, reply) => {
      const directory = folderOf(settings.adapterDirectory);
      const entry = baseModel(models, body.model);
      const path = await adapterPath(directory, body.lora_path);
      const { signal, run } = workSignal(reply, context);
      return run(() =>
        models.use('text-generation', entry.id, signal, async (engine) => {
          await requireFeatures(models, { entry, engine }, [{ feature: 'lora', field: 'model' }]);
          try {
            await entry.adapters.add(engine, { name: body.lora_name, path }, signal);
          } catch (error) {
            throw aboutAdapter(error, path, body.lora_path);
          }
          return toAdapter(entry, body.lora_name, models);
        }),
      );
    },
  );
  app.post(
    '/v1/unload_lora_adapter',
    {
      schema: {
        summary: 'Unload a LoRA adapter',
        tags: ['Models'],
        body: unloadSchema,
        response: {
          200: Type.Object({ id: Type.String(), object: Type.Literal('model'), deleted: Type.Literal(true) }),
          ...errorResponses,
        },
      },
    },
    async ({ body }) => {
      folderOf(settings.adapterDirectory);
      const entry = baseModel(models, body.model);
      await entry.adapters.remove(models.openLanguageModel(entry), body.lora_name);
      return { id: `${entry.id}:${body.lora_name}`, object: 'model' as const, deleted: true as const };
    },
  );
}

/** @throws FerrumError `PermissionDenied` where the operator has set none */
function folderOf(directory: string | undefined): string {
  if (directory !== undefined) return directory;
  throw new FerrumError(
    'PermissionDenied',
    'This server takes no adapters while it runs: its operator has set no `adapterDirectory`.',
  );
}

/** @throws FerrumError `NotFound`; `RequestValidation` where it is not clear which model is meant */
function baseModel(models: ModelDirectory, name: string | null | undefined): ModelEntry {
  if (name != null) return models.find(name);
  const able = models.entries.filter(({ capabilities }) => capabilities.includes('text-generation'));
  const [only] = able;
  if (only !== undefined && able.length === 1) return only;
  const known = able.map(({ id }) => id).join(', ');
  throw badRequest('model', `Say in \`model\` which of the language models it changes: ${known || 'there is none'}.`);
}

/** An adapter that does not fit is the caller's choice, so its error is too; the paths of the server are not told. */
function aboutAdapter(error: unknown, path: string, given: string): unknown {
  if (!FerrumError.isInstance(error) || !callersFault.has(error.code)) return error;
  const message = apiErrorOf(error).body.error.message.replaceAll(path, given);
  return new FerrumError('InvalidParameter', message, { cause: error, details: { apiParam: paramOf(error) } });
}

const callersFault: ReadonlySet<string> = new Set([
  'Model',
  'InvalidFormat',
  'NotFound',
  'InvalidParameter',
  'Unsupported',
]);

function paramOf({ details }: FerrumError): string {
  if (typeof details.apiParam === 'string') return details.apiParam;
  return details.parameter === 'name' ? 'lora_name' : 'lora_path';
}
