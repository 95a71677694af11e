import { parseShape, wholeNumber } from '@ferrum/models';
import type { RotaryScaling } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { DecoderConfig } from './decoder-config.js';
import { checkDecoderConfig, checkRotarySize, unsupportedArchitecture } from './supported.js';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const size = v.pipe(wholeNumber, v.minValue(1));
const rotarySchema = v.nullish(
  v.object({
    rope_type: v.optional(v.string()),
    type: v.optional(v.string()),
    rope_theta: v.optional(positive),
    factor: v.optional(positive),
    low_freq_factor: v.optional(positive),
    high_freq_factor: v.optional(positive),
    original_max_position_embeddings: v.optional(size),
  }),
);

const typeSchema = v.object({ model_type: v.string() });
const configSchema = v.object({
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: v.nullish(size),
  head_dim: v.nullish(size),
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_scaling: rotarySchema,
  rope_parameters: rotarySchema,
  max_position_embeddings: size,
  sliding_window: v.nullish(size),
  partial_rotary_factor: v.nullish(positive),
  hidden_act: v.optional(v.string(), 'silu'),
  tie_word_embeddings: v.optional(v.boolean()),
});

/**
 * Reads the shape of a decoder from a Hugging Face config.json (Llama and Mistral configurations of `transformers`).
 * @throws FerrumError `Unsupported` for another architecture, activation or rotary scaling, `InvalidFormat` for bad values.
 */
export function configFromHf(json: unknown, file: string): DecoderConfig {
  const { model_type: type } = parseShape(typeSchema, json, file);
  if (type !== 'llama' && type !== 'mistral') throw unsupportedArchitecture(type);
  const config = parseShape(configSchema, json, file);
  if (config.hidden_act !== 'silu') {
    throw new FerrumError('Unsupported', `${file}: activation "${config.hidden_act}" is not supported, only silu.`);
  }
  const rotary = config.rope_parameters ?? config.rope_scaling;
  const scaling = rotaryScaling(rotary, file);
  const headDim = config.head_dim ?? Math.floor(config.hidden_size / config.num_attention_heads);
  checkRotarySize((config.partial_rotary_factor ?? 1) * headDim, headDim);
  return checkDecoderConfig({
    architecture: type,
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads ?? config.num_attention_heads,
    headDim,
    normEpsilon: config.rms_norm_eps,
    rotary: { theta: rotary?.rope_theta ?? config.rope_theta ?? 10000, ...(scaling ? { scaling } : {}) },
    contextLength: config.max_position_embeddings,
    ...(config.sliding_window ? { slidingWindow: config.sliding_window } : {}),
    tiedEmbeddings: config.tie_word_embeddings ?? false,
  });
}

function rotaryScaling(rotary: v.InferOutput<typeof rotarySchema>, file: string): RotaryScaling | undefined {
  const type = rotary?.rope_type ?? rotary?.type ?? 'default';
  if (!rotary || type === 'default') return undefined;
  const required = (name: keyof typeof rotary): number => {
    const value = rotary[name];
    if (typeof value === 'number') return value;
    throw new FerrumError('InvalidFormat', `${file}: rotary scaling "${type}" lacks ${name}.`);
  };
  switch (type) {
    case 'linear':
      return { type, factor: required('factor') };
    case 'llama3':
      return {
        type,
        factor: required('factor'),
        lowFrequencyFactor: required('low_freq_factor'),
        highFrequencyFactor: required('high_freq_factor'),
        originalContextLength: required('original_max_position_embeddings'),
      };
    default:
      throw new FerrumError(
        'Unsupported',
        `${file}: rotary scaling "${type}" is not supported; linear and llama3 are.`,
      );
  }
}
