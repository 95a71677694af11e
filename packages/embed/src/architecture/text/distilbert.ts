import { parseShape } from '@ferrum/models';
import * as v from 'valibot';
import { layerNames } from '../tensor-names.js';
import { activationOf, size } from './config-values.js';
import type { TextArchitecture } from './text-architecture.js';

const schema = v.object({
  vocab_size: size,
  dim: size,
  n_layers: size,
  n_heads: size,
  hidden_dim: size,
  activation: v.optional(v.string(), 'gelu'),
  max_position_embeddings: size,
});

/** DistilBERT (Sanh et al. 2019): BERT without token types. */
export const distilbert: TextArchitecture = {
  types: ['distilbert'],
  readConfig: (json, file) => {
    const config = parseShape(schema, json, file);
    return {
      architecture: 'distilbert',
      vocabularySize: config.vocab_size,
      hiddenSize: config.dim,
      heads: config.n_heads,
      intermediateSize: config.hidden_dim,
      activation: activationOf(config.activation, file),
      isGated: false,
      normEpsilon: 1e-12,
      hasBiases: true,
      normPlacement: 'after',
      isCausal: false,
      layers: Array.from({ length: config.n_layers }, () => ({})),
      maxTokens: config.max_position_embeddings,
      firstPosition: 0,
      tokenTypes: 0,
    };
  },
  prefixes: ['distilbert.', ''],
  names: (prefix) => ({
    words: `${prefix}embeddings.word_embeddings`,
    positions: `${prefix}embeddings.position_embeddings`,
    embeddingNorm: `${prefix}embeddings.LayerNorm`,
    layer: (index) =>
      layerNames(`${prefix}transformer.layer.${index}`, {
        query: 'attention.q_lin',
        key: 'attention.k_lin',
        value: 'attention.v_lin',
        attentionOutput: 'attention.out_lin',
        attentionNorm: 'sa_layer_norm',
        up: 'ffn.lin1',
        down: 'ffn.lin2',
        feedForwardNorm: 'output_layer_norm',
      }),
  }),
  classifier: () => ({ pooling: 'cls', dense: 'pre_classifier', activation: 'relu', output: 'classifier' }),
};
