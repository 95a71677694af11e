import { parseShape } from '@ferrum/models';
import * as v from 'valibot';
import { layerNames, type TextEncoderNames } from '../tensor-names.js';
import type { TextEncoderConfig } from '../text-encoder-config.js';
import { activationOf, positive, shapeOf, sizes, tokensFrom, unsupported } from './config-values.js';
import type { TextArchitecture } from './text-architecture.js';

const schema = v.object({
  model_type: v.optional(v.string(), 'bert'),
  ...sizes,
  hidden_act: v.optional(v.string(), 'gelu'),
  layer_norm_eps: v.optional(positive, 1e-12),
  type_vocab_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 2),
  position_embedding_type: v.nullish(v.string()),
  is_decoder: v.nullish(v.boolean()),
  pad_token_id: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
});

/** BERT (Devlin et al. 2019). */
export const bert: TextArchitecture = {
  types: ['bert'],
  readConfig: (json, file) => readBertConfig(json, file, () => 0),
  prefixes: ['bert.', ''],
  names,
  classifier: (prefix) => ({
    pooling: 'cls',
    dense: `${prefix}pooler.dense`,
    activation: 'tanh',
    output: 'classifier',
  }),
};

/** RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020): BERT whose positions begin after that of padding. */
export const roberta: TextArchitecture = {
  types: ['roberta', 'xlm-roberta', 'camembert'],
  readConfig: (json, file) => readBertConfig(json, file, (padding) => padding + 1),
  prefixes: ['roberta.', ''],
  names,
  classifier: () => ({
    pooling: 'cls',
    dense: 'classifier.dense',
    activation: 'tanh',
    output: 'classifier.out_proj',
  }),
};

function readBertConfig(json: unknown, file: string, positionAfter: (padding: number) => number): TextEncoderConfig {
  const config = parseShape(schema, json, file);
  const positions = config.position_embedding_type ?? 'absolute';
  if (positions !== 'absolute') throw unsupported(file, `position_embedding_type "${positions}"`, 'absolute');
  if (config.is_decoder) throw unsupported(file, 'is_decoder: true', 'false');
  const firstPosition = positionAfter(config.pad_token_id ?? 1);
  return {
    architecture: config.model_type,
    ...shapeOf(config),
    activation: activationOf(config.hidden_act, file),
    isGated: false,
    normEpsilon: config.layer_norm_eps,
    hasBiases: true,
    normPlacement: 'after',
    isCausal: false,
    layers: Array.from({ length: config.num_hidden_layers }, () => ({})),
    maxTokens: tokensFrom(firstPosition, config.max_position_embeddings, file),
    firstPosition,
    tokenTypes: config.type_vocab_size,
  };
}

function names(prefix: string): TextEncoderNames {
  return {
    words: `${prefix}embeddings.word_embeddings`,
    positions: `${prefix}embeddings.position_embeddings`,
    tokenTypes: `${prefix}embeddings.token_type_embeddings`,
    embeddingNorm: `${prefix}embeddings.LayerNorm`,
    layer: (index) =>
      layerNames(`${prefix}encoder.layer.${index}`, {
        query: 'attention.self.query',
        key: 'attention.self.key',
        value: 'attention.self.value',
        attentionOutput: 'attention.output.dense',
        attentionNorm: 'attention.output.LayerNorm',
        up: 'intermediate.dense',
        down: 'output.dense',
        feedForwardNorm: 'output.LayerNorm',
      }),
  };
}
