import path from 'node:path';
import { ifPresent, parseShape, readJsonFile, wholeNumber } from '@ferrum/models';
import { type Activation, activations } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { type PoolingMode, poolingModes } from '../architecture/pooling.js';

/** What sentence-transformers does with an encoder's hidden states, and with the texts before. */
export interface SentenceSettings {
  readonly pooling: PoolingSettings;
  readonly dense: readonly DenseModule[];
  /** Vectors are brought to length 1. */
  readonly normalizes: boolean;
  /** The longest text, special tokens included; absent: what the encoder can read. */
  readonly maxTokens?: number;
  readonly lowercases: boolean;
  /** Text that goes before an input, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  readonly defaultPrompt?: string;
}

export interface PoolingSettings {
  readonly modes: readonly PoolingMode[];
  /** Whether a prompt's tokens are pooled like the others. */
  readonly includesPrompt: boolean;
}

export interface DenseModule {
  /** Absolute path of the folder that holds its weights. */
  readonly directory: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly hasBias: boolean;
  readonly activation: Activation;
}

/**
 * Reads modules.json and what it names, of a folder as sentence-transformers writes it. Undefined without a modules.json.
 * @throws FerrumError `InvalidFormat` for a malformed file, `Unsupported` for a module that cannot be honoured.
 */
export async function readSentenceSettings(directory: string): Promise<SentenceSettings | undefined> {
  const file = path.join(directory, 'modules.json');
  const json = await readJson(file);
  if (json === undefined) return undefined;
  const modules = parseShape(v.object({ modules: modulesSchema }), { modules: json }, file).modules;
  const [transformer, ...rest] = modules.map((module) => ({ ...module, kind: module.type.split('.').at(-1) ?? '' }));
  if (transformer?.kind !== 'Transformer') {
    throw unsupportedModule(file, transformer?.type ?? 'no module', 'a Transformer is the first module');
  }
  let pooling: PoolingSettings | undefined;
  const dense: DenseModule[] = [];
  let normalizes = false;
  for (const { kind, type, path: folder } of rest) {
    const at = folderWithin(directory, folder, file);
    if (normalizes) throw unsupportedModule(file, type, 'nothing may come after Normalize');
    if (kind === 'Pooling' && !pooling) pooling = await readPooling(at);
    else if (kind === 'Dense' && pooling) dense.push(await readDense(at));
    else if (kind === 'Normalize' && pooling) normalizes = true;
    else if (kind !== 'Dropout') throw unsupportedModule(file, type, 'Pooling, then Dense and Normalize can be');
  }
  if (!pooling) throw unsupportedModule(file, 'no Pooling', 'one is needed');
  return {
    pooling,
    dense,
    normalizes,
    ...(await readTransformer(folderWithin(directory, transformer.path, file))),
    ...(await readPrompts(directory)),
  };
}

const modulesSchema = v.array(v.object({ path: v.optional(v.string(), ''), type: v.string() }));

/** @throws FerrumError `InvalidFormat` for a path that leads out of the model's folder. */
function folderWithin(directory: string, folder: string, file: string): string {
  const at = path.join(directory, folder);
  const [first] = path.relative(directory, at).split(path.sep);
  if (first !== '..') return at;
  throw new FerrumError(
    'InvalidFormat',
    `${file}: the path ${JSON.stringify(folder)} leads out of the model's folder.`,
  );
}

function unsupportedModule(file: string, type: string, rule: string): FerrumError {
  return new FerrumError('Unsupported', `${file}: the module ${type} cannot be opened here; ${rule}.`, {
    details: { module: type },
  });
}

const flag = v.optional(v.boolean(), false);
const poolingSchema = v.object({
  pooling_mode: v.optional(v.union([v.picklist(poolingModes), v.array(v.picklist(poolingModes))])),
  // What sentence-transformers wrote before its version 6, in the order in which it joins them.
  pooling_mode_cls_token: flag,
  pooling_mode_max_tokens: flag,
  pooling_mode_mean_tokens: flag,
  pooling_mode_mean_sqrt_len_tokens: flag,
  pooling_mode_weightedmean_tokens: flag,
  pooling_mode_lasttoken: flag,
  include_prompt: v.optional(v.boolean(), true),
});

async function readPooling(directory: string): Promise<PoolingSettings> {
  const file = path.join(directory, 'config.json');
  const config = parseShape(poolingSchema, await requireJson(file), file);
  const flags: Readonly<Record<PoolingMode, boolean>> = {
    cls: config.pooling_mode_cls_token,
    max: config.pooling_mode_max_tokens,
    mean: config.pooling_mode_mean_tokens,
    mean_sqrt_len_tokens: config.pooling_mode_mean_sqrt_len_tokens,
    weightedmean: config.pooling_mode_weightedmean_tokens,
    lasttoken: config.pooling_mode_lasttoken,
  };
  const named = config.pooling_mode === undefined ? undefined : [config.pooling_mode].flat();
  const flagged = poolingModes.filter((mode) => flags[mode]);
  const modes = named ?? (flagged.length > 0 ? flagged : ['mean' as const]);
  const includesPrompt = config.include_prompt;
  if (modes.length === 0) throw new FerrumError('InvalidFormat', `${file}: no pooling mode is set.`);
  if (!includesPrompt && modes.includes('max')) {
    throw new FerrumError('Unsupported', `${file}: include_prompt: false cannot be honoured with max pooling.`);
  }
  return { modes, includesPrompt };
}

const denseSchema = v.object({
  in_features: v.pipe(wholeNumber, v.minValue(1)),
  out_features: v.pipe(wholeNumber, v.minValue(1)),
  bias: v.optional(v.boolean(), true),
  activation_function: v.optional(v.nullable(v.string()), 'torch.nn.modules.activation.Tanh'),
  module_input_name: v.optional(v.literal('sentence_embedding'), 'sentence_embedding'),
  module_output_name: v.nullish(v.literal('sentence_embedding')),
  use_residual: v.optional(v.literal(false), false),
});

async function readDense(directory: string): Promise<DenseModule> {
  const file = path.join(directory, 'config.json');
  const config = parseShape(denseSchema, await requireJson(file), file);
  const name = config.activation_function?.split('.').at(-1)?.toLowerCase() ?? 'identity';
  const activation: Activation | undefined = name === 'identity' ? 'identity' : activations.get(name);
  if (!activation) {
    throw new FerrumError('Unsupported', `${file}: activation_function "${config.activation_function}" is not known.`);
  }
  const { in_features: inFeatures, out_features: outFeatures, bias: hasBias } = config;
  return { directory, inFeatures, outFeatures, hasBias, activation };
}

/** In the order in which sentence-transformers looks for them. */
const transformerFiles = [
  'sentence_bert_config.json',
  'sentence_roberta_config.json',
  'sentence_distilbert_config.json',
  'sentence_camembert_config.json',
  'sentence_albert_config.json',
  'sentence_xlm-roberta_config.json',
  'sentence_xlnet_config.json',
];
const transformerSchema = v.object({
  max_seq_length: v.nullish(v.pipe(wholeNumber, v.minValue(1))),
  do_lower_case: v.nullish(v.boolean()),
});

async function readTransformer(directory: string): Promise<Pick<SentenceSettings, 'maxTokens' | 'lowercases'>> {
  const config = await readTransformerConfig(directory);
  const maxTokens = config.max_seq_length ?? (await tokenizerLimit(directory));
  return { lowercases: config.do_lower_case ?? false, ...(maxTokens === undefined ? {} : { maxTokens }) };
}

async function readTransformerConfig(directory: string): Promise<v.InferOutput<typeof transformerSchema>> {
  for (const name of transformerFiles) {
    const file = path.join(directory, name);
    const json = await readJson(file);
    if (json !== undefined) return parseShape(transformerSchema, json, file);
  }
  return {};
}

const tokenizerSchema = v.object({ model_max_length: v.nullish(v.pipe(v.number(), v.minValue(1))) });

/** Where sentence-transformers keeps the maximum since its version 6; a number past all integers stands for none. */
export async function tokenizerLimit(directory: string): Promise<number | undefined> {
  const file = path.join(directory, 'tokenizer_config.json');
  const limit = parseShape(tokenizerSchema, (await readJson(file)) ?? {}, file).model_max_length ?? undefined;
  return Number.isSafeInteger(limit) ? limit : undefined;
}

/** Prompts by name. Valibot alone takes a list for a record, too. */
export const promptsByName = v.pipe(
  v.custom<Readonly<Record<string, string>>>((value) => !Array.isArray(value), 'must be an object'),
  v.record(v.string(), v.string()),
);
const promptsSchema = v.object({
  prompts: v.nullish(promptsByName),
  default_prompt_name: v.nullish(v.string()),
});

async function readPrompts(directory: string): Promise<Pick<SentenceSettings, 'prompts' | 'defaultPrompt'>> {
  const file = path.join(directory, 'config_sentence_transformers.json');
  const json = await readJson(file);
  if (json === undefined) return { prompts: {} };
  const config = parseShape(promptsSchema, json, file);
  const prompts = config.prompts ?? {};
  const defaultPrompt = config.default_prompt_name ?? undefined;
  if (defaultPrompt !== undefined && !Object.hasOwn(prompts, defaultPrompt)) {
    throw new FerrumError('InvalidFormat', `${file}: default_prompt_name "${defaultPrompt}" is none of its prompts.`);
  }
  return { prompts, ...(defaultPrompt === undefined ? {} : { defaultPrompt }) };
}

/** Undefined when there is no such file. @throws FerrumError `InvalidFormat`, `IO`. */
export function readJson(file: string): Promise<unknown> {
  return ifPresent(readJsonFile(file));
}

export async function requireJson(file: string): Promise<unknown> {
  const json = await readJson(file);
  if (json === undefined) throw new FerrumError('NotFound', `${file} is missing; the model's folder is incomplete.`);
  return json;
}
