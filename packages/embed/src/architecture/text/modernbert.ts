import { parseShape } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { halves, layerNames, thirds } from '../tensor-names.js';
import { activationOf, positive, shapeOf, size, sizes, unsupported } from './config-values.js';
import type { TextArchitecture } from './text-architecture.js';

const rotarySchema = v.nullish(
  v.object({ rope_type: v.optional(v.string(), 'default'), rope_theta: v.optional(positive) }),
);
const schema = v.object({
  ...sizes,
  hidden_activation: v.optional(v.string(), 'gelu'),
  norm_eps: v.optional(positive, 1e-5),
  local_attention: v.optional(size, 128),
  global_attn_every_n_layers: v.optional(size, 3),
  layer_types: v.nullish(v.array(v.picklist(['full_attention', 'sliding_attention']))),
  global_rope_theta: v.optional(positive, 160_000),
  local_rope_theta: v.nullish(positive),
  rope_parameters: v.nullish(v.object({ full_attention: rotarySchema, sliding_attention: rotarySchema })),
});
const classifierSchema = v.object({
  classifier_pooling: v.optional(v.picklist(['cls', 'mean']), 'cls'),
  classifier_activation: v.optional(v.string(), 'gelu'),
});

/** ModernBERT (Warner et al. 2024): rotary positions, gated feed-forward layers, most layers see a window only. */
export const modernbert: TextArchitecture = {
  types: ['modernbert'],
  readConfig: (json, file) => {
    const config = parseShape(schema, json, file);
    const layers = config.num_hidden_layers;
    const isGlobal = (index: number) =>
      (config.layer_types?.[index] ?? (index % config.global_attn_every_n_layers === 0 ? 'full_attention' : '')) ===
      'full_attention';
    if (config.layer_types && config.layer_types.length !== layers) {
      throw new FerrumError(
        'InvalidFormat',
        `${file}: layer_types lists ${config.layer_types.length} layers, num_hidden_layers is ${layers}.`,
      );
    }
    const { full_attention: full, sliding_attention: sliding } = config.rope_parameters ?? {};
    for (const rotary of [full, sliding]) {
      if (rotary && rotary.rope_type !== 'default') {
        throw unsupported(file, `rope_type "${rotary.rope_type}"`, 'default');
      }
    }
    const globalTheta = full?.rope_theta ?? config.global_rope_theta;
    // Null means that all layers turn alike; absent means the default of transformers.
    const localTheta =
      sliding?.rope_theta ??
      (config.local_rope_theta === undefined ? 10_000 : (config.local_rope_theta ?? globalTheta));
    const window = Math.floor(config.local_attention / 2);
    return {
      architecture: 'modernbert',
      ...shapeOf(config),
      activation: activationOf(config.hidden_activation, file),
      isGated: true,
      normEpsilon: config.norm_eps,
      normPlacement: 'before',
      isCausal: false,
      layers: Array.from({ length: layers }, (_, index) =>
        isGlobal(index) ? { rotaryTheta: globalTheta } : { rotaryTheta: localTheta, window },
      ),
      maxTokens: config.max_position_embeddings,
      tokenTypes: 0,
    };
  },
  prefixes: ['model.', ''],
  names: (prefix, _config, has) => ({
    words: `${prefix}embeddings.tok_embeddings`,
    embeddingNorm: `${prefix}embeddings.norm`,
    layer: (index) => {
      const at = `${prefix}layers.${index}`;
      const plain = layerNames(at, {
        query: 'attn.Wqkv',
        key: 'attn.Wqkv',
        value: 'attn.Wqkv',
        attentionOutput: 'attn.Wo',
        attentionNorm: 'attn_norm',
        up: 'mlp.Wi',
        down: 'mlp.Wo',
        feedForwardNorm: 'mlp_norm',
      });
      const { attentionNorm, ...unnormalised } = plain;
      const [query, key, value] = thirds(`${at}.attn.Wqkv`);
      const [gate, up] = halves(`${at}.mlp.Wi`);
      // The embeddings' own norm comes before the first layer, so that has none.
      return { ...(has(`${at}.attn_norm.weight`) ? plain : unnormalised), query, key, value, gate, up };
    },
    finalNorm: `${prefix}final_norm`,
  }),
  classifier: (_prefix, json, file) => {
    const config = parseShape(classifierSchema, json, file);
    return {
      pooling: config.classifier_pooling,
      dense: 'head.dense',
      activation: activationOf(config.classifier_activation, file),
      norm: 'head.norm',
      output: 'classifier',
    };
  },
};
