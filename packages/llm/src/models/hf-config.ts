import { parseShape, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { DecoderConfig, RotaryConfig } from '../architecture/decoder-config.js';
import { rotaryFromHf, rotarySchema } from './hf-rotary.js';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const size = v.pipe(wholeNumber, v.minValue(1));

/** What the configurations of all families have in common. */
const configSchema = v.object({
  model_type: v.string(),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: v.nullish(size),
  head_dim: v.nullish(size),
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_scaling: v.nullish(rotarySchema),
  rope_parameters: v.nullish(v.looseObject({})),
  max_position_embeddings: size,
  original_max_position_embeddings: v.nullish(size),
  sliding_window: v.nullish(size),
  use_sliding_window: v.optional(v.boolean()),
  layer_types: v.nullish(v.array(v.string())),
  partial_rotary_factor: v.nullish(positive),
  hidden_act: v.nullish(v.string()),
  hidden_activation: v.nullish(v.string()),
  tie_word_embeddings: v.optional(v.boolean()),
});

export type HfConfig = v.InferOutput<typeof configSchema>;

export interface HfDefaults {
  /** Where the file does not say; `transformers` leaves out what is its default. */
  readonly tiedEmbeddings?: boolean;
  readonly theta?: number;
  readonly activation?: string;
  readonly headDim?: number;
}

const activations: Readonly<Record<string, NonNullable<DecoderConfig['activation']>>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_new: 'gelu-tanh',
};

/**
 * Reads what all families have in common from a config.json.
 * @throws FerrumError `InvalidFormat` for bad values, `Unsupported` for an activation or rotary scaling that is not known.
 */
export function readHfConfig(
  json: unknown,
  file: string,
  defaults: HfDefaults = {},
): { readonly hf: HfConfig; readonly config: DecoderConfig } {
  const hf = parseShape(configSchema, json, file);
  const activation = hf.hidden_activation ?? hf.hidden_act ?? defaults.activation ?? 'silu';
  const known = Object.hasOwn(activations, activation) ? activations[activation] : undefined;
  if (!known) {
    const names = Object.keys(activations).join(', ');
    throw new FerrumError('Unsupported', `${file}: activation "${activation}" is not supported; ${names} are.`);
  }
  const headDim = hf.head_dim ?? defaults.headDim ?? Math.floor(hf.hidden_size / hf.num_attention_heads);
  const rotary = rotaryFromHf(rotaryObject(hf, 'full_attention', file), {
    file,
    contextLength: hf.max_position_embeddings,
    originalContextLength: hf.original_max_position_embeddings ?? undefined,
    theta: hf.rope_theta ?? defaults.theta ?? 10000,
    headDim,
    partialFactor: hf.partial_rotary_factor ?? undefined,
  });
  const config: DecoderConfig = {
    architecture: hf.model_type,
    vocabularySize: hf.vocab_size,
    hiddenSize: hf.hidden_size,
    intermediateSize: hf.intermediate_size,
    layers: hf.num_hidden_layers,
    heads: hf.num_attention_heads,
    kvHeads: hf.num_key_value_heads ?? hf.num_attention_heads,
    headDim,
    normEpsilon: hf.rms_norm_eps,
    rotary,
    contextLength: contextOf(hf, rotary),
    ...(known === 'silu' ? {} : { activation: known }),
    tiedEmbeddings: hf.tie_word_embeddings ?? defaults.tiedEmbeddings ?? false,
  };
  return { hf, config };
}

/** Dynamic scaling goes beyond the positions that the file gives, which are those of the training; by its factor, as in vLLM. */
function contextOf({ max_position_embeddings: positions }: HfConfig, { scaling }: RotaryConfig): number {
  return scaling?.type === 'dynamic' ? Math.floor(positions * Math.max(1, scaling.factor)) : positions;
}

/** The rotary description of a type of layer: transformers 5 may have one for each. */
export function rotaryObject(
  hf: HfConfig,
  layerType: string,
  file: string,
): v.InferOutput<typeof rotarySchema> | undefined {
  const parameters = hf.rope_parameters;
  if (!parameters) return hf.rope_scaling ?? undefined;
  if (isObject(parameters[layerType])) {
    const schema = v.object({ rope_parameters: v.object({ [layerType]: rotarySchema }) });
    return parseShape(schema, { rope_parameters: parameters }, file).rope_parameters[layerType];
  }
  return parseShape(v.object({ rope_parameters: rotarySchema }), { rope_parameters: parameters }, file).rope_parameters;
}

/** Marks the layers that slide, by `layer_types` or, without it, by a rule. */
export function slidingFromHf(
  hf: HfConfig,
  file: string,
  rule: (layer: number) => boolean,
): Pick<DecoderConfig, 'slidingWindow' | 'slidingLayers'> {
  const types = hf.layer_types;
  if (types && types.length !== hf.num_hidden_layers) {
    throw new FerrumError(
      'InvalidFormat',
      `${file}: layer_types names ${types.length} layers, but there are ${hf.num_hidden_layers}.`,
    );
  }
  const unknown = types?.find((type) => type !== 'sliding_attention' && type !== 'full_attention');
  if (unknown !== undefined) {
    throw new FerrumError(
      'Unsupported',
      `${file}: layer type "${unknown}" is not supported, only full and sliding attention.`,
    );
  }
  const layers = Array.from({ length: hf.num_hidden_layers }, (_, layer) =>
    types ? types[layer] === 'sliding_attention' : rule(layer),
  );
  if (!hf.sliding_window || !layers.includes(true)) return {};
  return { slidingWindow: hf.sliding_window, ...(layers.every(Boolean) ? {} : { slidingLayers: layers }) };
}

/** Values of a family's own, by the names of config.json. @throws FerrumError `InvalidFormat` */
export function readOwn<const Schema extends v.ObjectEntries>(
  entries: Schema,
  json: unknown,
  file: string,
): v.InferOutput<v.ObjectSchema<Schema, undefined>> {
  return parseShape(v.object(entries), json, file);
}

/** @throws FerrumError `Unsupported` naming a field whose value the graph does not know. */
export function requireField(file: string, name: string, value: unknown, ...allowed: readonly unknown[]): void {
  if (value === undefined || value === null || allowed.includes(value)) return;
  throw new FerrumError(
    'Unsupported',
    `${file}: ${name} ${JSON.stringify(value)} is not supported; only ${allowed.map((one) => JSON.stringify(one)).join(' or ')} is.`,
    { details: { field: name } },
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
