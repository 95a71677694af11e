import { parseShape } from '@ferrum/models';
import * as v from 'valibot';
import { layerNames, type TextEncoderNames, thirds } from '../tensor-names.js';
import type { TextEncoderConfig } from '../text-encoder-config.js';
import { activationOf, positive, size, sizes, unsupported } from './config-values.js';
import type { TextArchitecture } from './text-architecture.js';

/** As the model's makers write it, in the words of GPT-2's configuration. */
const makersSchema = v.object({
  vocab_size: size,
  n_embd: size,
  n_head: size,
  n_inner: v.nullish(size),
  n_layer: size,
  n_positions: size,
  activation_function: v.string(),
  layer_norm_epsilon: v.optional(positive, 1e-12),
  prenorm: v.optional(v.boolean(), false),
  use_rms_norm: v.nullish(v.boolean()),
  rotary_emb_base: v.optional(positive, 10_000),
  rotary_emb_fraction: v.optional(v.number(), 0),
  rotary_emb_interleaved: v.optional(v.boolean(), false),
  rotary_emb_scale_base: v.nullish(v.number()),
  rotary_scaling_factor: v.nullish(v.number()),
  max_trained_positions: v.optional(size, 2048),
  type_vocab_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 2),
  num_experts: v.nullish(v.number()),
});

/** As transformers 5 writes it. */
const schema = v.object({
  ...sizes,
  hidden_act: v.optional(v.string(), 'silu'),
  layer_norm_eps: v.optional(positive, 1e-12),
  type_vocab_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 2),
  rope_parameters: v.nullish(
    v.object({ rope_type: v.optional(v.string(), 'default'), rope_theta: v.optional(positive, 1000) }),
  ),
});

/** Nomic BERT (Nussbaum et al. 2024): BERT with rotary positions and gated feed-forward layers. */
export const nomicBert: TextArchitecture = {
  types: ['nomic_bert'],
  readConfig: (json, file) => {
    const isMakers = typeof json === 'object' && json !== null && 'n_embd' in json;
    return isMakers ? readMakersConfig(json, file) : readConfig(json, file);
  },
  prefixes: ['nomic_bert.', 'model.', ''],
  names: (prefix, config, has) =>
    has(`${prefix}encoder.layers.0.attn.Wqkv.weight`) ? makersNames(prefix, config) : names(prefix),
};

function readMakersConfig(json: unknown, file: string): TextEncoderConfig {
  const config = parseShape(makersSchema, json, file);
  if (config.prenorm) throw unsupported(file, 'prenorm: true', 'false');
  if (config.use_rms_norm) throw unsupported(file, 'use_rms_norm: true', 'false');
  if (config.rotary_emb_fraction !== 1) {
    throw unsupported(file, `rotary_emb_fraction ${config.rotary_emb_fraction}`, '1');
  }
  if (config.rotary_emb_interleaved) throw unsupported(file, 'rotary_emb_interleaved: true', 'false');
  if (config.rotary_emb_scale_base) throw unsupported(file, 'rotary_emb_scale_base', 'null');
  if (config.num_experts) throw unsupported(file, `num_experts ${config.num_experts}`, 'a model without experts');
  return shape({
    ...config,
    hiddenSize: config.n_embd,
    heads: config.n_head,
    intermediateSize: config.n_inner ?? 4 * config.n_embd,
    activation: activationOf(config.activation_function, file),
    isGated: /glu$/.test(config.activation_function),
    epsilon: config.layer_norm_epsilon,
    layers: config.n_layer,
    theta: config.rotary_emb_base,
    // With a scaling factor the makers' code stretches the base of longer texts only; those are refused instead.
    maxTokens: config.rotary_scaling_factor
      ? Math.min(config.n_positions, config.max_trained_positions)
      : config.n_positions,
  });
}

function readConfig(json: unknown, file: string): TextEncoderConfig {
  const config = parseShape(schema, json, file);
  const rotary = config.rope_parameters;
  if (rotary && rotary.rope_type !== 'default') throw unsupported(file, `rope_type "${rotary.rope_type}"`, 'default');
  return shape({
    ...config,
    hiddenSize: config.hidden_size,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    activation: activationOf(config.hidden_act, file),
    isGated: true,
    epsilon: config.layer_norm_eps,
    layers: config.num_hidden_layers,
    theta: rotary?.rope_theta ?? 1000,
    maxTokens: config.max_position_embeddings,
  });
}

interface Settings extends Pick<TextEncoderConfig, 'hiddenSize' | 'heads' | 'intermediateSize' | 'activation'> {
  readonly vocab_size: number;
  readonly type_vocab_size: number;
  readonly isGated: boolean;
  readonly epsilon: number;
  readonly layers: number;
  readonly theta: number;
  readonly maxTokens: number;
}

function shape(settings: Settings): TextEncoderConfig {
  const { hiddenSize, heads, intermediateSize, activation, isGated, maxTokens } = settings;
  return {
    architecture: 'nomic_bert',
    vocabularySize: settings.vocab_size,
    hiddenSize,
    heads,
    intermediateSize,
    activation,
    isGated,
    normEpsilon: settings.epsilon,
    normPlacement: 'after',
    isCausal: false,
    layers: Array.from({ length: settings.layers }, () => ({ rotaryTheta: settings.theta })),
    maxTokens,
    tokenTypes: settings.type_vocab_size,
  };
}

function makersNames(prefix: string, { isGated }: TextEncoderConfig): TextEncoderNames {
  return {
    words: `${prefix}embeddings.word_embeddings`,
    tokenTypes: `${prefix}embeddings.token_type_embeddings`,
    embeddingNorm: `${prefix}emb_ln`,
    layer: (index) => {
      const at = `${prefix}encoder.layers.${index}`;
      const plain = layerNames(at, {
        query: 'attn.Wqkv',
        key: 'attn.Wqkv',
        value: 'attn.Wqkv',
        attentionOutput: 'attn.out_proj',
        attentionNorm: 'norm1',
        ...(isGated ? { gate: 'mlp.fc12', up: 'mlp.fc11' } : { up: 'mlp.fc1' }),
        down: 'mlp.fc2',
        feedForwardNorm: 'norm2',
      });
      const [query, key, value] = thirds(`${at}.attn.Wqkv`);
      return { ...plain, query, key, value };
    },
  };
}

function names(prefix: string): TextEncoderNames {
  return {
    words: `${prefix}embeddings.word_embeddings`,
    tokenTypes: `${prefix}embeddings.token_type_embeddings`,
    embeddingNorm: `${prefix}embeddings.LayerNorm`,
    layer: (index) =>
      layerNames(`${prefix}layers.${index}`, {
        query: 'self_attn.q_proj',
        key: 'self_attn.k_proj',
        value: 'self_attn.v_proj',
        attentionOutput: 'self_attn.o_proj',
        attentionNorm: 'post_attention_layernorm',
        gate: 'mlp.gate_proj',
        up: 'mlp.up_proj',
        down: 'mlp.down_proj',
        feedForwardNorm: 'post_mlp_layernorm',
      }),
  };
}
