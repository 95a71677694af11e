import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { possibleFeatures } from '../features.js';
import { parse } from '../parse.js';
import { count, dictionary, milliseconds, someText } from './fields.js';
import type { RemoteConfig } from './remote-config.js';
import { serverSchema } from './server-schema.js';

const common = {
  name: v.optional(someText),
  features: v.exactOptional(v.pipe(v.array(someText), v.readonly())),
};
const modelSchema = v.variant('capability', [
  v.strictObject({ ...common, capability: v.literal('text-generation'), contextLength: v.optional(count) }),
  v.strictObject({
    ...common,
    capability: v.literal('embedding'),
    dimensions: v.optional(count),
    prompts: v.optional(dictionary(someText, v.string())),
    maxBatchSize: v.optional(count, 64),
  }),
  v.strictObject({
    ...common,
    capability: v.literal('reranking'),
    maxBatchSize: v.optional(count, 64),
    scores: v.optional(v.picklist(['probability', 'logit']), 'probability'),
  }),
  v.strictObject({ ...common, capability: v.literal('transcription') }),
  v.strictObject({
    ...common,
    capability: v.literal('speech'),
    sampleRate: v.optional(
      v.pipe(v.number(), v.safeInteger(), v.minValue(4000, 'must be at least 4000'), v.maxValue(384_000)),
      24_000,
    ),
    voices: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            id: someText,
            language: someText,
            gender: v.exactOptional(v.picklist(['female', 'male', 'neutral'])),
            description: v.exactOptional(someText),
            license: v.exactOptional(someText),
          }),
        ),
        v.minLength(1, 'is empty; leave it out'),
        v.readonly(),
      ),
    ),
  }),
]);

const section = <Entries extends v.ObjectEntries>(entries: Entries) => v.strictObject(entries);

const healthCheck = section({
  intervalMs: v.optional(milliseconds(1), 10_000),
  path: v.optional(
    v.pipe(v.string(), v.regex(/^\/[\x21-\x7e]*$/, 'must start with / and hold only ASCII characters, no spaces')),
    '/health',
  ),
  timeoutMs: v.optional(milliseconds(1), 5000),
});

const schema = v.strictObject({
  servers: v.pipe(v.array(serverSchema), v.minLength(1, 'needs at least one server'), v.readonly()),
  models: v.optional(dictionary(someText, modelSchema), {}),
  name: v.optional(someText, '@ferrum/plugin-remote'),
  api: v.optional(v.picklist(['openai', 'ferrum']), 'openai'),
  timeouts: v.optional(
    section({
      connectMs: v.optional(milliseconds(1), 10_000),
      firstByteMs: v.optional(milliseconds(1), 600_000),
      idleMs: v.optional(milliseconds(1), 120_000),
    }),
    {},
  ),
  retry: v.optional(
    section({
      attempts: v.optional(v.pipe(count, v.maxValue(20, 'must be at most 20')), 3),
      initialDelayMs: v.optional(milliseconds(0), 200),
      maxDelayMs: v.optional(milliseconds(0), 5000),
    }),
    {},
  ),
  circuitBreaker: v.optional(
    section({ consecutiveFailures: v.optional(count, 5), openMs: v.optional(milliseconds(1), 10_000) }),
    {},
  ),
  healthCheck: v.optional(
    // A union would only say that it is neither.
    v.lazy((given) => (given === false ? v.literal(false) : healthCheck)),
    {},
  ),
});

export type CheckedConfig = v.InferOutput<typeof schema>;
export type CheckedServer = CheckedConfig['servers'][number];
export type CheckedModel = v.InferOutput<typeof modelSchema>;

/**
 * The configuration with its defaults filled in.
 * @param source where it is from, for people
 * @throws FerrumError `Config` naming the field
 */
export function checkConfig(
  config: RemoteConfig,
  source = 'The configuration of @ferrum/plugin-remote',
): CheckedConfig {
  const checked = parse(schema, config, source, 'Config');
  const wrong = (field: string, message: string) =>
    new FerrumError('Config', `${source}: \`${field}\`: ${message}.`, { details: { parameter: field } });
  const urls = checked.servers.map(({ url }) => url.href.replace(/\/+$/, ''));
  const twice = urls.find((url, index) => urls.indexOf(url) !== index);
  if (twice !== undefined) throw wrong('servers', `${twice} is there twice`);
  for (const [name, model] of Object.entries(checked.models)) {
    const problem = featuresProblem(model, checked.api);
    if (problem !== undefined) throw wrong(`models.${name}.features`, problem);
    const remote = model.name ?? name;
    if (checked.servers.some(({ models }) => models?.includes(remote) ?? true)) continue;
    throw wrong(`models.${name}`, `no server is said to have ${remote}; add it to the \`models\` of one`);
  }
  return checked;
}

/** What a model has that the configuration does not name. */
export function defaultModel(capability: CheckedModel['capability']): CheckedModel {
  return v.parse(modelSchema, { capability });
}

function featuresProblem({ capability, features = [] }: CheckedModel, api: CheckedConfig['api']): string | undefined {
  const possible = possibleFeatures(capability, api);
  const unknown = features.find((feature) => !possible.includes(feature));
  if (unknown === undefined) return undefined;
  const hint = unknown === 'prompts' ? '; it follows from `prompts`, leave it out' : '';
  const problem = `${unknown} is nothing that a server with api '${api}' can be asked for in ${capability}${hint}`;
  return `${problem}; there are ${possible.join(', ')}`;
}
