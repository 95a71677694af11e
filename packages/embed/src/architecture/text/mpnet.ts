import { parseShape } from '@ferrum/models';
import * as v from 'valibot';
import { layerNames } from '../tensor-names.js';
import { activationOf, positive, shapeOf, size, sizes, tokensFrom } from './config-values.js';
import type { TextArchitecture } from './text-architecture.js';

const schema = v.object({
  ...sizes,
  hidden_act: v.optional(v.string(), 'gelu'),
  layer_norm_eps: v.optional(positive, 1e-12),
  relative_attention_num_buckets: v.optional(size, 32),
});

/** After that of padding, which is 1 whatever the configuration says (MPNetEmbeddings of transformers). */
const firstPosition = 2;

/** The attention's distances are bucketed up to here, whatever the configuration says (MPNetEncoder of transformers). */
const maxDistance = 128;

/** MPNet (Song et al. 2020): BERT with relative position biases. */
export const mpnet: TextArchitecture = {
  types: ['mpnet'],
  readConfig: (json, file) => {
    const config = parseShape(schema, json, file);
    return {
      architecture: 'mpnet',
      ...shapeOf(config),
      activation: activationOf(config.hidden_act, file),
      isGated: false,
      normEpsilon: config.layer_norm_eps,
      hasBiases: true,
      normPlacement: 'after',
      isCausal: false,
      layers: Array.from({ length: config.num_hidden_layers }, () => ({})),
      relativePositions: { buckets: config.relative_attention_num_buckets, maxDistance },
      maxTokens: tokensFrom(firstPosition, config.max_position_embeddings, file),
      firstPosition,
      tokenTypes: 0,
    };
  },
  prefixes: ['mpnet.', ''],
  names: (prefix) => ({
    words: `${prefix}embeddings.word_embeddings`,
    positions: `${prefix}embeddings.position_embeddings`,
    embeddingNorm: `${prefix}embeddings.LayerNorm`,
    relativePositions: `${prefix}encoder.relative_attention_bias`,
    layer: (index) =>
      layerNames(`${prefix}encoder.layer.${index}`, {
        query: 'attention.attn.q',
        key: 'attention.attn.k',
        value: 'attention.attn.v',
        attentionOutput: 'attention.attn.o',
        attentionNorm: 'attention.LayerNorm',
        up: 'intermediate.dense',
        down: 'output.dense',
        feedForwardNorm: 'output.LayerNorm',
      }),
  }),
  classifier: () => ({
    pooling: 'cls',
    dense: 'classifier.dense',
    activation: 'tanh',
    output: 'classifier.out_proj',
  }),
};
