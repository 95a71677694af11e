import {
  linear as addLinear,
  addRmsNorm,
  embedding,
  GraphBuilder,
  gatedMlp,
  groupedQueryAttention,
  headRmsNorm,
  type LinearWeights,
  mixtureOfExperts,
  type OutputAdjustment,
  rmsNorm,
  softCap,
  type Value,
} from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { type DecoderConfig, isSliding } from './decoder-config.js';
import type { DecoderLayerWeights, DecoderWeights, RotaryWeights } from './decoder-weights.js';
import { TokenRows } from './token-rows.js';

/** How keys and values lie in the cache. */
export type KvType = 'float32' | 'int8';

export interface DecoderGraphOptions {
  /** Default: float32. */
  readonly kvType?: KvType;
  /** Adds a linear layer. Default: that of @ferrum/onnx. */
  readonly linear?: typeof addLinear;
  /**
   * Changes the outputs of the layers `layers.L.` `queryKeyValue`, `attentionOutput`, `mlp.gate`, `mlp.up` and `mlp.down`; all
   * are matrices, of a row for each token of the run.
   */
  readonly adjust?: OutputAdjustment;
}

/**
 * A decoder (Touvron et al. 2023, and what other families changed about it) as a graph over weights in an external file.
 *
 * Inputs: `input_ids` int64 [batch, sequence]; `seqlens_k` int32 [batch], tokens of each row after the run, less one;
 * `total_sequence_length` int32 scalar; `logit_positions` int64 [batch, positions], which tokens of the run to give logits
 * for; `past_key_values.L.key|value` float32 or int8 [batch, kvHeads, capacity, headDim]; with int8 also
 * `key_scale.L` and `value_scale.L` float32 [1, kvHeads, 1, headDim], what one step of each channel means.
 * A model that sees has two more: `image_embeddings` float32 [imageTokens, hidden], which take the place of the embeddings of
 * tokens at `image_positions` int64 [imageTokens, 2] (row of the batch, token of the run).
 * Outputs: `logits` float32 [batch, positions, vocabulary]; `present.L.key|value`, to be bound to the memory of the past.
 */
export function buildDecoderGraph(
  config: DecoderConfig,
  weights: DecoderWeights,
  { kvType = 'float32', linear = addLinear, adjust }: DecoderGraphOptions = {},
): Uint8Array {
  const { normEpsilon, layers, heads, kvHeads, headDim, hiddenSize, vocabularySize } = config;
  const { contextLength, slidingWindow, activation = 'silu', residualScale } = config;
  const graph = new GraphBuilder({ name: config.architecture });
  const ids = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const seqlensK = graph.input('seqlens_k', 'int32', ['batch']);
  const totalSequenceLength = graph.input('total_sequence_length', 'int32', []);
  const positions = graph.input('logit_positions', 'int64', ['batch', 'positions']);
  const rotary = rotaryValues(graph, weights.rotary, contextLength, 'rotary');
  const slidingRotary = weights.slidingRotary
    ? rotaryValues(graph, weights.slidingRotary, contextLength, 'rotary.sliding')
    : rotary;

  // Tokens are rows of one matrix everywhere but in the attention.
  const tokens = new TokenRows(graph);
  const scaled = (value: Value, factor: number | undefined, name: string): Value =>
    factor === undefined ? value : graph.node('Mul', [value, graph.scalar('float32', factor)], { name });
  const embedded = withImages(graph, embedding(graph, ids, weights.embedding, 'embedding'), config);
  let residual = tokens.flat(embedded, hiddenSize, 'embedding.rows');
  residual = scaled(residual, config.embeddingScale, 'embedding.scaled');
  let pending: Value | undefined;
  const norm = (weight: DecoderWeights['outputNorm'], name: string): Value => {
    if (!pending) return rmsNorm(graph, residual, weight, normEpsilon, name);
    const { normalized, sum } = addRmsNorm(graph, pending, residual, weight, normEpsilon, name);
    residual = sum;
    return normalized;
  };
  const rows = graph.node('Unsqueeze', [positions, graph.int64s([-1])], { name: 'logitRows' });
  const wantedRows = (value: Value, columns: number, name: string): Value => {
    const ofRows = tokens.batched(value, columns, ids, `${name}.batched`);
    return tokens.flat(
      graph.node('GatherND', [ofRows, rows], { name, attributes: { batch_dims: 1 } }),
      columns,
      `${name}.rows`,
    );
  };
  const scale = (name: string): Value | undefined =>
    kvType === 'int8' ? graph.input(name, 'float32', [1, kvHeads, 1, headDim]) : undefined;
  const adjusted = (x: Value, layer: LinearWeights, name: string): Value => {
    const output = linear(graph, x, layer, name);
    return adjust ? adjust(graph, x, output, name) : output;
  };
  const cacheShape = ['batch', kvHeads, 'capacity', headDim] as const;
  for (let index = 0; index < layers; index++) {
    const layer = weights.layers[index] as DecoderLayerWeights;
    const name = `layers.${index}`;
    const normalized = norm(layer.attentionNorm, `${name}.attentionNorm`);
    const queryKeyValue = adjusted(normalized, layer.queryKeyValue, `${name}.queryKeyValue`);
    const projected = tokens.batched(
      queryKeyValue,
      (heads + 2 * kvHeads) * headDim,
      ids,
      `${name}.queryKeyValue.batched`,
    );
    const slides = isSliding(config, index);
    const attention = groupedQueryAttention(
      graph,
      {
        ...headsOf(graph, projected, layer, config, name),
        pastKey: graph.input(`past_key_values.${index}.key`, kvType, cacheShape),
        pastValue: graph.input(`past_key_values.${index}.value`, kvType, cacheShape),
        keyScale: scale(`key_scale.${index}`),
        valueScale: scale(`value_scale.${index}`),
        seqlensK,
        totalSequenceLength,
        ...((config.rotatedLayers?.[index] ?? true) ? (slides ? slidingRotary : rotary) : {}),
      },
      {
        heads,
        kvHeads,
        ...(slides && slidingWindow !== undefined ? { slidingWindow } : {}),
        ...(config.attentionScale === undefined ? {} : { scale: config.attentionScale }),
        ...(config.attentionSoftcap === undefined ? {} : { softcap: config.attentionSoftcap }),
      },
      `${name}.attention`,
    );
    graph.output(`present.${index}.key`, attention.presentKey);
    graph.output(`present.${index}.value`, attention.presentValue);
    let output = tokens.flat(attention.output, heads * headDim, `${name}.attention.rows`);
    if (index === layers - 1) {
      // The cache now has every token; from here on only the rows whose logits are wanted are computed.
      output = wantedRows(output, heads * headDim, `${name}.wantedOutput`);
      residual = wantedRows(residual, hiddenSize, `${name}.wantedResidual`);
    }
    // What attention or MLP gives, as it is added.
    const addend = (value: Value, gains: DecoderLayerWeights['postMlpNorm'], part: string): Value => {
      const normal = gains ? rmsNorm(graph, value, gains, normEpsilon, `${name}.${part}Norm`) : value;
      return scaled(normal, residualScale, `${name}.${part}Scaled`);
    };
    const attended = adjusted(output, layer.attentionOutput, `${name}.attentionOutput`);
    pending = addend(attended, layer.postAttentionNorm, 'postAttention');
    const inner = norm(layer.mlpNorm, `${name}.mlpNorm`);
    const mlp =
      'router' in layer.mlp
        ? mixtureOfExperts(graph, inner, layer.mlp, { ...expertsOf(config), apply: linear, activation }, `${name}.mlp`)
        : gatedMlp(graph, inner, layer.mlp, `${name}.mlp`, {
            apply: linear,
            activation,
            ...(adjust ? { adjust } : {}),
          });
    pending = addend(mlp, layer.postMlpNorm, 'postMlp');
  }
  let logits = linear(graph, norm(weights.outputNorm, 'outputNorm'), weights.head, 'head');
  logits = scaled(logits, config.logitScale, 'logits.scaled');
  if (config.logitSoftcap !== undefined) logits = softCap(graph, logits, config.logitSoftcap, 'logits.capped');
  graph.output('logits', tokens.batched(logits, vocabularySize, positions, 'logits.batched'));
  return graph.build();
}

function withImages(graph: GraphBuilder, embedded: Value, { vision, hiddenSize }: DecoderConfig): Value {
  if (!vision) return embedded;
  const positions = graph.input('image_positions', 'int64', ['imageTokens', 2]);
  const embeddings = graph.input('image_embeddings', 'float32', ['imageTokens', hiddenSize]);
  return graph.node('ScatterND', [embedded, positions, embeddings], { name: 'embedding.withImages' });
}

function rotaryValues(
  graph: GraphBuilder,
  { cos, sin, columns }: RotaryWeights,
  positions: number,
  name: string,
): { readonly cos: Value; readonly sin: Value } {
  return {
    cos: graph.initializer(`${name}.cos`, 'float32', [positions, columns], cos),
    sin: graph.initializer(`${name}.sin`, 'float32', [positions, columns], sin),
  };
}

/** Queries, keys and values side by side, or apart where queries and keys are normalised. */
function headsOf(
  graph: GraphBuilder,
  queryKeyValue: Value,
  { queryNorm, keyNorm }: DecoderLayerWeights,
  { heads, kvHeads, headDim, normEpsilon }: DecoderConfig,
  name: string,
): { readonly queryKeyValue: Value } | { readonly query: Value; readonly key: Value; readonly value: Value } {
  if (!queryNorm || !keyNorm) return { queryKeyValue };
  const sizes = graph.int64s([heads * headDim, kvHeads * headDim, kvHeads * headDim]);
  const [query, key, value] = graph.nodes('Split', [queryKeyValue, sizes], {
    name: `${name}.queryKeyValue.split`,
    outputs: 3,
    attributes: { axis: -1 },
  });
  const normalized = (x: Value, gains: typeof queryNorm, count: number, part: string): Value =>
    headRmsNorm(graph, x, gains, { heads: count, headDim, epsilon: normEpsilon }, `${name}.${part}Norm`);
  return {
    query: normalized(query, queryNorm, heads, 'query'),
    key: normalized(key, keyNorm, kvHeads, 'key'),
    value,
  };
}

function expertsOf({ experts, architecture }: DecoderConfig): {
  readonly active: number;
  readonly normalized: boolean;
} {
  if (experts) return { active: experts.active, normalized: experts.normalized };
  throw new FerrumError('Internal', `The ${architecture} decoder has experts that its configuration does not mention.`);
}
