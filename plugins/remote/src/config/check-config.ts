import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { possibleFeatures } from '../features.js';
import { parse } from '../parse.js';
import type { RemoteConfig } from './remote-config.js';

/** The longest delay that setTimeout takes, in ms. */
const longestTimer = 2 ** 31 - 1;

const someText = v.pipe(v.string(), v.minLength(1, 'is empty'));
const count = v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1, 'must be at least 1'));
const milliseconds = (least: number) =>
  v.pipe(
    v.number(),
    v.finite('must be finite'),
    v.minValue(least, `must be at least ${least} ms`),
    v.maxValue(longestTimer, `must be at most ${longestTimer} ms`),
  );

const server = v.strictObject({
  url: v.pipe(
    someText,
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const url = URL.canParse(dataset.value) ? new URL(dataset.value) : undefined;
      const problem = urlProblem(url);
      if (url !== undefined && problem === undefined) return url;
      addIssue({ message: problem ?? 'is no URL' });
      return NEVER;
    }),
  ),
  apiKeyEnv: v.optional(someText),
  headers: v.optional(
    v.record(
      v.pipe(
        v.string(),
        v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is no name of a header'),
        v.check((name) => !ours.has(name.toLowerCase()), 'is set by the plugin; keys are given by apiKeyEnv'),
      ),
      v.pipe(v.string(), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'is no value of a header')),
    ),
    {},
  ),
  models: v.optional(v.pipe(v.array(someText), v.minLength(1, 'is empty; leave it out for every model'), v.readonly())),
  maxConcurrent: v.optional(count),
});

/** Headers that are not for the configuration. */
const ours: ReadonlySet<string> = new Set(
  'authorization api-key x-api-key proxy-authorization content-type content-length transfer-encoding connection host accept expect upgrade keep-alive'.split(
    ' ',
  ),
);

const common = { name: v.optional(someText) };
const features = v.exactOptional(v.pipe(v.array(someText), v.readonly()));
const modelSchema = v.variant('capability', [
  v.strictObject({ ...common, capability: v.literal('text-generation'), features, contextLength: v.optional(count) }),
  v.strictObject({
    ...common,
    capability: v.literal('embedding'),
    features,
    dimensions: v.optional(count),
    prompts: v.optional(v.record(someText, v.string())),
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

const schema = v.strictObject({
  servers: v.pipe(v.array(server), v.minLength(1, 'needs at least one server'), v.readonly()),
  models: v.optional(v.record(someText, modelSchema), {}),
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
    v.union([
      v.literal(false),
      section({
        intervalMs: v.optional(milliseconds(1), 10_000),
        path: v.optional(v.pipe(v.string(), v.startsWith('/', 'must start with /')), '/health'),
        timeoutMs: v.optional(milliseconds(1), 5000),
      }),
    ]),
    {},
  ),
});

export type CheckedConfig = v.InferOutput<typeof schema>;
export type CheckedServer = CheckedConfig['servers'][number];
export type CheckedModel = v.InferOutput<typeof modelSchema>;

/**
 * The configuration with its defaults filled in.
 * @throws FerrumError `Config` naming the field
 */
export function checkConfig(config: RemoteConfig): CheckedConfig {
  const checked = parse(schema, config, 'The configuration of @ferrum/plugin-remote', 'Config');
  const urls = checked.servers.map(({ url }) => url.href);
  const twice = urls.find((url, index) => urls.indexOf(url) !== index);
  if (twice !== undefined) throw wrong('servers', `${twice} is there twice`);
  for (const [name, model] of Object.entries(checked.models)) {
    checkFeatures(name, model, checked.api);
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

function checkFeatures(name: string, model: CheckedModel, api: CheckedConfig['api']): void {
  const possible = possibleFeatures(model.capability, api);
  for (const feature of ('features' in model ? model.features : undefined) ?? []) {
    if (possible.includes(feature)) continue;
    const hint = feature === 'prompts' ? '; it follows from `prompts`, leave it out' : '';
    const problem = `${feature} is nothing that a server with api '${api}' can be asked for in ${model.capability}${hint}`;
    throw wrong(`models.${name}.features`, `${problem}; there are ${possible.join(', ')}`);
  }
}

function wrong(field: string, message: string): FerrumError {
  return new FerrumError('Config', `The configuration of @ferrum/plugin-remote: \`${field}\`: ${message}.`, {
    details: { parameter: field },
  });
}

function urlProblem(url: URL | undefined): string | undefined {
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return 'must be a URL such as http://gpu-1:8000/v1';
  }
  if (url.username !== '' || url.password !== '') return 'must hold no user name and password; use apiKeyEnv';
  return url.search === '' && url.hash === '' ? undefined : 'must end with its path, without ? and #';
}
