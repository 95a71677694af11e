import {
  type EmbeddingWeights,
  type ExternalData,
  embedding,
  GraphBuilder,
  type NormWeights,
  residualNorm,
  type TransformerWeights,
  transformer,
  type Value,
} from '@ferrum/onnx';
import { denseLayers, type HeadConfig, type HeadLayerWeights } from './head.js';
import { pool, weightedModes } from './pooling.js';
import type { TextEncoderConfig } from './text-encoder-config.js';

/** Already written to a weight file. */
export interface TextEncoderWeights extends TransformerWeights {
  readonly words: EmbeddingWeights;
  /** float32 [maxTokens, hiddenSize]. */
  readonly positions?: ExternalData;
  /** float32 [tokenTypes, hiddenSize]; absent where every token is of the first type, which is then part of another table. */
  readonly tokenTypes?: ExternalData;
  readonly embeddingNorm?: NormWeights;
  readonly head: readonly HeadLayerWeights[];
}

/** Names of the graph's inputs and output. */
export const textInputs = {
  /** int64 [batch, tokens]. */
  ids: 'input_ids',
  /** int64 [batch, tokens]; only where a model tells token types apart. */
  tokenTypes: 'token_type_ids',
  /** int32 [batch]: tokens of each text, the others are padding. */
  lengths: 'lengths',
  /** float32 [batch, weighted modes, tokens]; only where there are weighted modes. */
  pooling: 'pooling',
} as const;
/** float32 [batch, width]. */
export const encoderOutput = 'output';

export interface TextEncoderGraphOptions {
  /** Adds the last hidden states as an output of this name, float32 [batch, tokens, hiddenSize]. */
  readonly hiddenOutput?: string;
  /** Adds the largest magnitudes of what each layer's products read, float32 [hiddenSize], as outputs of these names. */
  readonly observedOutput?: (layer: number, part: 'attention' | 'feedForward') => string;
}

/** The graph from token ids to pooled vectors. */
export function buildTextEncoderGraph(
  config: TextEncoderConfig,
  head: HeadConfig,
  weights: TextEncoderWeights,
  { hiddenOutput, observedOutput }: TextEncoderGraphOptions = {},
): Uint8Array {
  const graph = new GraphBuilder({ name: 'text-encoder', metadata: { architecture: config.architecture } });
  const ids = graph.input(textInputs.ids, 'int64', ['batch', 'tokens']);
  const types = weights.tokenTypes && graph.input(textInputs.tokenTypes, 'int64', ['batch', 'tokens']);
  const lengths = graph.input(textInputs.lengths, 'int32', ['batch']);
  const modes = weightedModes(head.modes).length;
  const pooling = modes > 0 ? graph.input(textInputs.pooling, 'float32', ['batch', modes, 'tokens']) : undefined;
  const embeddings = embed(graph, ids, types, config, weights);
  const observe =
    observedOutput &&
    ((x: Value, layer: number, part: 'attention' | 'feedForward') => {
      const magnitudes = graph.node('Abs', [x]);
      const largest = graph.node('ReduceMax', [magnitudes, graph.int64s([0, 1])], { attributes: { keepdims: 0 } });
      graph.output(observedOutput(layer, part), largest);
    });
  const inputs = { embeddings, lengths, maxTokens: config.maxTokens, observe };
  const hidden = transformer(graph, inputs, config, weights, 'encoder');
  if (hiddenOutput) graph.output(hiddenOutput, hidden);
  const pooled = pool(graph, { hidden, pooling, lengths }, head.modes, config.hiddenSize, 'pooled');
  graph.output(encoderOutput, denseLayers(graph, pooled, head.layers, weights.head, 'head'));
  return graph.build();
}

function embed(
  graph: GraphBuilder,
  ids: Value,
  types: Value | undefined,
  config: TextEncoderConfig,
  weights: TextEncoderWeights,
): Value {
  const words = embedding(graph, ids, weights.words, 'words');
  const positions = weights.positions && positionsOf(graph, ids, weights.positions, config);
  const typed = types && weights.tokenTypes ? addTypes(graph, words, types, weights.tokenTypes, config) : words;
  if (!weights.embeddingNorm) return positions ? graph.node('Add', [typed, positions], { name: 'embeddings' }) : typed;
  const stream = positions ? { sum: positions, added: typed } : { sum: typed };
  return residualNorm(graph, stream, weights.embeddingNorm, config, 'embeddings').normed;
}

/** The first rows of the table, float32 [tokens, hiddenSize]. */
function positionsOf(graph: GraphBuilder, ids: Value, data: ExternalData, config: TextEncoderConfig): Value {
  const table = graph.initializer('positions.table', 'float32', [config.maxTokens, config.hiddenSize], data);
  const shape = graph.node('Shape', [ids], { name: 'ids.shape' });
  const tokens = graph.node('Slice', [shape, graph.int64s([1]), graph.int64s([2])], { name: 'ids.tokens' });
  return graph.node('Slice', [table, graph.int64s([0]), tokens, graph.int64s([0])], {
    name: 'positions',
    outputTypes: [{ type: 'float32', shape: ['tokens', config.hiddenSize] }],
  });
}

function addTypes(
  graph: GraphBuilder,
  words: Value,
  types: Value,
  data: ExternalData,
  config: TextEncoderConfig,
): Value {
  const table = graph.initializer('tokenTypes.table', 'float32', [config.tokenTypes, config.hiddenSize], data);
  const rows = graph.node('Gather', [table, types], { name: 'tokenTypes', attributes: { axis: 0 } });
  return graph.node('Add', [words, rows], { name: 'words.typed' });
}
