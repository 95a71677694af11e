import {
  linear as addLinear,
  addRmsNorm,
  embedding,
  GraphBuilder,
  gatedMlp,
  groupedQueryAttention,
  rmsNorm,
  type Value,
} from '@ferrum/onnx';
import type { DecoderConfig } from './decoder-config.js';
import type { DecoderWeights } from './decoder-weights.js';

/** How keys and values lie in the cache. */
export type KvType = 'float32' | 'int8';

export interface DecoderGraphOptions {
  /** Default: float32. */
  readonly kvType?: KvType;
  /** Sequences in a run. Default: any number. */
  readonly batch?: number | 'batch';
  /** Adds a linear layer. Default: that of @ferrum/onnx. */
  readonly linear?: typeof addLinear;
}

/**
 * The Llama-family decoder (Touvron et al. 2023) as a graph over weights in an external file.
 *
 * Inputs: `input_ids` int64 [batch, sequence]; `seqlens_k` int32 [batch], tokens of each row after the run, less one;
 * `total_sequence_length` int32 scalar; `logit_positions` int64 [batch, positions], which tokens of the run to give logits
 * for; `past_key_values.L.key|value` float32 or int8 [batch, kvHeads, capacity, headDim]; with int8 also
 * `key_scale.L` and `value_scale.L` float32 [1, kvHeads, 1, headDim], what one step of each channel means.
 * Outputs: `logits` float32 [batch, positions, vocabulary]; `present.L.key|value`, to be bound to the memory of the past.
 */
export function buildDecoderGraph(
  config: DecoderConfig,
  weights: DecoderWeights,
  { kvType = 'float32', batch = 'batch', linear = addLinear }: DecoderGraphOptions = {},
): Uint8Array {
  const { normEpsilon, layers, heads, kvHeads, headDim, hiddenSize, vocabularySize, contextLength } = config;
  const graph = new GraphBuilder({ name: config.architecture });
  const ids = graph.input('input_ids', 'int64', [batch, 'sequence']);
  const seqlensK = graph.input('seqlens_k', 'int32', [batch]);
  const totalSequenceLength = graph.input('total_sequence_length', 'int32', []);
  const positions = graph.input('logit_positions', 'int64', [batch, 'positions']);
  const cos = graph.initializer('rotary.cos', 'float32', [contextLength, headDim / 2], weights.cos);
  const sin = graph.initializer('rotary.sin', 'float32', [contextLength, headDim / 2], weights.sin);

  // One sequence is a matrix of rows everywhere but in the attention: layers that want matrices need not make one of their own.
  const isFlat = batch === 1;
  const flat = (value: Value, columns: number, name: string): Value =>
    isFlat ? graph.node('Reshape', [value, graph.int64s([-1, columns])], { name }) : value;
  const batched = (value: Value, columns: number, name: string): Value =>
    isFlat ? graph.node('Reshape', [value, graph.int64s([1, -1, columns])], { name }) : value;

  let residual = flat(embedding(graph, ids, weights.embedding, 'embedding'), hiddenSize, 'embedding.rows');
  let pending: Value | undefined;
  const norm = (weight: DecoderWeights['outputNorm'], name: string): Value => {
    if (!pending) return rmsNorm(graph, residual, weight, normEpsilon, name);
    const { normalized, sum } = addRmsNorm(graph, pending, residual, weight, normEpsilon, name);
    residual = sum;
    return normalized;
  };
  const rows = isFlat
    ? graph.node('Reshape', [positions, graph.int64s([-1])], { name: 'logitRows' })
    : graph.node('Unsqueeze', [positions, graph.int64s([-1])], { name: 'logitRows' });
  const wantedRows = (value: Value, name: string): Value =>
    isFlat
      ? graph.node('Gather', [value, rows], { name, attributes: { axis: 0 } })
      : graph.node('GatherND', [value, rows], { name, attributes: { batch_dims: 1 } });
  const scale = (name: string): Value | undefined =>
    kvType === 'int8' ? graph.input(name, 'float32', [1, kvHeads, 1, headDim]) : undefined;
  const cacheShape = [batch, kvHeads, 'capacity', headDim] as const;
  for (let index = 0; index < layers; index++) {
    const layer = weights.layers[index] as DecoderWeights['layers'][number];
    const name = `layers.${index}`;
    const normalized = norm(layer.attentionNorm, `${name}.attentionNorm`);
    const queryKeyValue = linear(graph, normalized, layer.queryKeyValue, `${name}.queryKeyValue`);
    const attention = groupedQueryAttention(
      graph,
      {
        queryKeyValue: batched(queryKeyValue, (heads + 2 * kvHeads) * headDim, `${name}.queryKeyValue.batched`),
        pastKey: graph.input(`past_key_values.${index}.key`, kvType, cacheShape),
        pastValue: graph.input(`past_key_values.${index}.value`, kvType, cacheShape),
        keyScale: scale(`key_scale.${index}`),
        valueScale: scale(`value_scale.${index}`),
        seqlensK,
        totalSequenceLength,
        cos,
        sin,
      },
      config,
      `${name}.attention`,
    );
    graph.output(`present.${index}.key`, attention.presentKey);
    graph.output(`present.${index}.value`, attention.presentValue);
    let output = flat(attention.output, heads * headDim, `${name}.attention.rows`);
    if (index === layers - 1) {
      // The cache now has every token; from here on only the rows whose logits are wanted are computed.
      output = wantedRows(output, `${name}.wantedOutput`);
      residual = wantedRows(residual, `${name}.wantedResidual`);
    }
    pending = linear(graph, output, layer.attentionOutput, `${name}.attentionOutput`);
    pending = gatedMlp(graph, norm(layer.mlpNorm, `${name}.mlpNorm`), layer.mlp, `${name}.mlp`, linear);
  }
  const logits = linear(graph, norm(weights.outputNorm, 'outputNorm'), weights.head, 'head');
  graph.output('logits', batched(logits, vocabularySize, 'logits.batched'));
  return graph.build();
}
