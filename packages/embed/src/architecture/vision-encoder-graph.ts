import {
  activate,
  type ExternalData,
  GraphBuilder,
  imageChannels,
  imagePatches,
  type LinearWeights,
  linear,
  type NormWeights,
  residualNorm,
  type TransformerWeights,
  transformer,
  type Value,
} from '@ferrum/onnx';
import { denseLayers, type HeadLayerConfig, type HeadLayerWeights } from './head.js';
import { encoderOutput } from './text-encoder-graph.js';
import { type VisionEncoderConfig, visionTokens } from './vision-encoder-config.js';

/** Already written to a weight file. */
export interface VisionEncoderWeights extends TransformerWeights {
  /** Of a patch's pixels, by channel, row and column. */
  readonly patches: LinearWeights;
  /** float32 [1, 1, hiddenSize]. */
  readonly classToken?: ExternalData;
  /** float32 [tokens, hiddenSize]. */
  readonly positions: ExternalData;
  readonly embeddingNorm?: NormWeights;
  /** Of the class token alone. */
  readonly classNorm?: NormWeights;
  readonly attentionPool?: AttentionPoolWeights;
  readonly head: readonly HeadLayerWeights[];
}

export interface AttentionPoolWeights {
  /** float32 [1, 1, hiddenSize]: the learned query, already projected. */
  readonly query: ExternalData;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly output: LinearWeights;
  readonly norm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

/** float32 [batch, 3, imageSize, imageSize]. */
export const pixelsInput = 'pixel_values';

/** The graph from pixels to vectors, float32 [batch, width]. */
export function buildVisionEncoderGraph(
  config: VisionEncoderConfig,
  head: readonly HeadLayerConfig[],
  weights: VisionEncoderWeights,
): Uint8Array {
  const graph = new GraphBuilder({ name: 'vision-encoder', metadata: { architecture: config.architecture } });
  const { hiddenSize, imageSize } = config;
  const pixels = graph.input(pixelsInput, 'float32', ['batch', imageChannels, imageSize, imageSize]);
  const embeddings = embed(graph, pixels, config, weights);
  const maxTokens = visionTokens(config);
  const hidden = transformer(graph, { embeddings, maxTokens }, config, weights, 'encoder');
  const pooled = weights.attentionPool
    ? attentionPool(graph, hidden, config, weights.attentionPool, 'pool')
    : graph.node('Gather', [hidden, graph.scalar('int64', 0)], { name: 'classToken.output', attributes: { axis: 1 } });
  const normed = residualNorm(graph, { sum: pooled }, weights.classNorm, config, 'classNorm').normed;
  const vectors = graph.node('Reshape', [normed, graph.int64s([-1, hiddenSize])], { name: 'pooled' });
  graph.output(encoderOutput, denseLayers(graph, vectors, head, weights.head, 'head'));
  return graph.build();
}

function embed(graph: GraphBuilder, pixels: Value, config: VisionEncoderConfig, weights: VisionEncoderWeights): Value {
  const { hiddenSize } = config;
  const patches = imagePatches(graph, pixels, config, weights.patches);
  const tokens = weights.classToken ? withClassToken(graph, patches, weights.classToken, hiddenSize) : patches;
  const table = graph.initializer('positions', 'float32', [visionTokens(config), hiddenSize], weights.positions);
  const placed = { sum: table, added: tokens };
  if (weights.embeddingNorm) return residualNorm(graph, placed, weights.embeddingNorm, config, 'embeddings').normed;
  return graph.node('Add', [tokens, table], { name: 'embeddings' });
}

function withClassToken(graph: GraphBuilder, patches: Value, data: ExternalData, hiddenSize: number): Value {
  const token = graph.initializer('classToken', 'float32', [1, 1, hiddenSize], data);
  const shape = graph.node('Shape', [patches], { name: 'patches.shape' });
  const batch = graph.node('Slice', [shape, graph.int64s([0]), graph.int64s([1])], { name: 'patches.batch' });
  const wanted = graph.node('Concat', [batch, graph.int64s([1, hiddenSize])], {
    name: 'classToken.shape',
    attributes: { axis: 0 },
  });
  const each = graph.node('Expand', [token, wanted], { name: 'classToken.each' });
  return graph.node('Concat', [each, patches], { name: 'tokens', attributes: { axis: 1 } });
}

/** One learned query attends to all tokens; a feed-forward layer follows. @returns float32 [batch, 1, hiddenSize] */
function attentionPool(
  graph: GraphBuilder,
  hidden: Value,
  config: VisionEncoderConfig,
  weights: AttentionPoolWeights,
  name: string,
): Value {
  const { hiddenSize, heads } = config;
  const query = graph.initializer(`${name}.query`, 'float32', [1, 1, hiddenSize], weights.query);
  const shape = graph.node('Shape', [hidden], { name: `${name}.shape` });
  const batch = graph.node('Slice', [shape, graph.int64s([0]), graph.int64s([1])], { name: `${name}.batch` });
  const wanted = graph.node('Concat', [batch, graph.int64s([1, hiddenSize])], {
    name: `${name}.queryShape`,
    attributes: { axis: 0 },
  });
  const queries = graph.node('Expand', [query, wanted], { name: `${name}.queries` });
  const keys = linear(graph, hidden, weights.key, `${name}.key`);
  const values = linear(graph, hidden, weights.value, `${name}.value`);
  const attended = graph.node('MultiHeadAttention', [queries, keys, values], {
    name: `${name}.attention`,
    attributes: { num_heads: heads },
  });
  const output = linear(graph, attended, weights.output, `${name}.output`);
  const normed = residualNorm(graph, { sum: output }, weights.norm, config, `${name}.norm`).normed;
  const inner = linear(graph, normed, weights.up, `${name}.up`);
  const activated = activate(graph, inner, undefined, config.activation, `${name}.activation`);
  return graph.node('Add', [output, linear(graph, activated, weights.down, `${name}.down`)], { name });
}
