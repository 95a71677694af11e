import { join } from 'node:path';
import * as v from 'valibot';
import { parseShape, wholeNumber } from '../shape.js';
import { findConfig } from '../sources/companion-files.js';
import { capabilitiesOf, startsPositionsAfterPadding } from './capabilities.js';
import type { FileFacts } from './inspect-files.js';
import { readJson } from './read-json.js';

/** What config.json and modules.json of a folder say. @throws FerrumError `InvalidFormat` for damaged files. */
export async function inspectFolder(directory: string, names: readonly string[]): Promise<FileFacts> {
  const configName = findConfig(names);
  const genaiName = names.find((name) => /(^|\/)genai_config\.json$/.test(name));
  if (configName === undefined && genaiName !== undefined) return await inspectGenai(join(directory, genaiName));
  const config = configName === undefined ? {} : await readConfig(join(directory, configName));
  const modules = names.includes('modules.json') ? await readModules(join(directory, 'modules.json')) : undefined;
  const capabilities = capabilitiesOf(config, modules);
  const contextLength = contextLengthOf(config);
  const quantization = dataTypes.get(config.torch_dtype ?? config.dtype ?? '');
  return {
    ...(config.model_type === undefined ? {} : { architecture: config.model_type }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(quantization === undefined ? {} : { quantization }),
  };
}

/** A folder of onnxruntime-genai, which needs no config.json. Models that hear, see or only encode have parts of their own. */
async function inspectGenai(path: string): Promise<FileFacts> {
  const { model } = parseShape(genaiSchema, await readJson(path), path);
  const { type, context_length: contextLength } = model;
  const others = ['encoder', 'vision', 'speech', 'embedding'].some((part) => Object.hasOwn(model, part));
  return {
    architecture: type,
    ...(model.decoder && !others ? { capabilities: ['text-generation'] as const } : {}),
    ...(contextLength === undefined ? {} : { contextLength }),
  };
}

const genaiSchema = v.object({
  model: v.looseObject({
    type: v.string(),
    context_length: v.optional(v.pipe(wholeNumber, v.minValue(1))),
    decoder: v.optional(v.looseObject({})),
  }),
});

const positions = v.nullish(v.pipe(wholeNumber, v.minValue(1)));

const configSchema = v.object({
  model_type: v.optional(v.string()),
  architectures: v.nullish(v.array(v.string())),
  max_position_embeddings: positions,
  /** GPT-2's name for it, which nomic's encoders have kept. */
  n_positions: positions,
  /** Of models that read audio and write text. */
  max_target_positions: positions,
  /** Of models that read more than text. */
  text_config: v.nullish(v.object({ max_position_embeddings: positions })),
  pad_token_id: v.nullish(wholeNumber),
  num_labels: v.nullish(wholeNumber),
  id2label: v.nullish(v.record(v.string(), v.unknown())),
  torch_dtype: v.nullish(v.string()),
  dtype: v.nullish(v.string()),
});

type Config = v.InferOutput<typeof configSchema>;

const modulesSchema = v.array(v.object({ type: v.string() }));

const dataTypes: ReadonlyMap<string, string> = new Map([
  ['bfloat16', 'BF16'],
  ['float16', 'F16'],
  ['float32', 'F32'],
]);

function contextLengthOf(config: Config): number | undefined {
  const rows =
    config.max_position_embeddings ??
    config.n_positions ??
    config.text_config?.max_position_embeddings ??
    config.max_target_positions ??
    undefined;
  if (rows === undefined || !startsPositionsAfterPadding(config)) return rows;
  const usable = rows - (config.pad_token_id ?? 1) - 1;
  return usable > 0 ? usable : undefined;
}

async function readConfig(path: string): Promise<Config> {
  return parseShape(configSchema, await readJson(path), `${path} is not a model's configuration`);
}

/** The kinds of a sentence-transformers model's modules, in order: `Transformer`, `Pooling` … */
async function readModules(path: string): Promise<readonly string[]> {
  const schema = v.object({ modules: modulesSchema });
  const { modules } = parseShape(schema, { modules: await readJson(path) }, `${path} is not a list of modules`);
  return modules.map(({ type }) => type.split('.').at(-1) ?? type);
}
