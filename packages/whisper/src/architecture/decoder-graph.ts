import { embedding, GraphBuilder, linear, type Value } from '@ferrum/onnx';
import { feedForward, norm } from './graph-parts.js';
import type { AlignmentHead, WhisperConfig } from './whisper-config.js';
import type { DecoderLayerWeights, DecoderWeights } from './whisper-weights.js';

/** Names of the decoder graph's values. "Rows" are the tokens of a run, [batch · tokens] one after the other. */
export const decoderNames = {
  /** int64 [batch, tokens]. */
  tokens: 'tokens',
  /** int64 [batch, tokens]: each token's place in its sequence. */
  positions: 'positions',
  /** int32 [batch]: tokens of each sequence after this run, less one. */
  lengths: 'lengths',
  /** int32 scalar: tokens of the longest sequence after this run. */
  totalLength: 'total_length',
  /** int64 [windows, group]: the rows that listen to each window; any row where there are fewer. */
  rowsOfWindow: 'rows_of_window',
  /** int64 [rows]: where in `rows_of_window`, flattened, each row stands. */
  placeOfRow: 'place_of_row',
  /** int64 [wanted]: the rows whose logits are wanted. */
  wantedRows: 'wanted_rows',
  /** float32 [batch, heads, capacity, headDim]: past and present are one buffer. */
  selfKey: (layer: number) => `self_key.${layer}`,
  selfValue: (layer: number) => `self_value.${layer}`,
  presentKey: (layer: number) => `present_key.${layer}`,
  presentValue: (layer: number) => `present_value.${layer}`,
  /** float32 [windows, heads, audioPositions, headDim]. */
  crossKey: (layer: number) => `cross_key.${layer}`,
  /** float32 [windows, heads, headDim, audioPositions]. */
  crossValue: (layer: number) => `cross_value.${layer}`,
  /** float32 [wanted, vocabularySize]. */
  logits: 'logits',
  /** float32 [wanted, 1]: log Σ exp of the logits of all ids before the timestamps. */
  textLogSum: 'text_log_sum',
  /** float32 [windows, alignment heads, group, audioPositions]: attention probabilities. */
  alignment: 'alignment',
} as const;

/**
 * The text decoder: any number of sequences with one new token each, or one sequence with several. Rows that listen to the same window
 * (the beams of a search) are brought together for cross-attention, so that the window's keys and values are read once for all.
 */
export function buildDecoderGraph(
  config: WhisperConfig,
  weights: DecoderWeights,
  /** Ids from here on are timestamps. */
  timestampBegin: number,
): Uint8Array {
  const graph = new GraphBuilder({ name: 'whisper.decoder' });
  return new DecoderBuilder(graph, config).build(weights, timestampBegin);
}

class DecoderBuilder {
  readonly #headDim: number;
  readonly #inputs: DecoderInputs;
  readonly #alignment: Value[] = [];

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: WhisperConfig,
  ) {
    this.#headDim = config.hiddenSize / config.decoderHeads;
    this.#inputs = declareInputs(graph);
  }

  build(weights: DecoderWeights, timestampBegin: number): Uint8Array {
    const { graph, config } = this;
    const { hiddenSize, maxTokens } = config;
    const { tokens, positions, wantedRows } = this.#inputs;
    const table = graph.initializer('positions.table', 'float32', [maxTokens, hiddenSize], weights.positions);
    const places = graph.node('Gather', [table, positions], { name: 'positions.rows', attributes: { axis: 0 } });
    const words = embedding(graph, tokens, weights.tokens, 'tokens.embedding');
    let x = graph.node('Add', [words, places], { name: 'embedded' });
    for (const [index, layer] of weights.layers.entries()) x = this.#layer(x, layer, index);
    const rows = graph.node('Reshape', [x, graph.int64s([-1, hiddenSize])], { name: 'rows' });
    const wanted = graph.node('Gather', [rows, wantedRows], { name: 'wanted', attributes: { axis: 0 } });
    const normed = norm(graph, wanted, weights.finalNorm, hiddenSize, 'finalNorm');
    const logits = linear(graph, normed, weights.head, 'head');
    graph.output(decoderNames.logits, logits);
    graph.output(decoderNames.textLogSum, logSum(graph, logits, timestampBegin));
    if (this.#alignment.length > 0) {
      const joined = graph.node('Concat', this.#alignment, { name: 'alignment.joined', attributes: { axis: 1 } });
      graph.output(decoderNames.alignment, joined);
    }
    return graph.build();
  }

  #layer(x: Value, weights: DecoderLayerWeights, index: number): Value {
    const { graph, config } = this;
    const name = `layers.${index}`;
    const { hiddenSize } = config;
    const normed = norm(graph, x, weights.selfNorm, hiddenSize, `${name}.selfNorm`);
    const attended = this.#selfAttention(linear(graph, normed, weights.queryKeyValue, `${name}.queryKeyValue`), index);
    const selfOutput = linear(graph, attended, weights.selfOutput, `${name}.selfOutput`);
    const afterSelf = graph.node('Add', [selfOutput, x], { name: `${name}.selfAdded` });
    const crossNormed = norm(graph, afterSelf, weights.crossNorm, hiddenSize, `${name}.crossNorm`);
    const query = linear(graph, crossNormed, weights.crossQuery, `${name}.crossQuery`);
    const heard = this.#crossAttention(query, index);
    const crossOutput = linear(graph, heard, weights.crossOutput, `${name}.crossOutput`);
    const afterCross = graph.node('Add', [crossOutput, afterSelf], { name: `${name}.crossAdded` });
    return feedForward(graph, afterCross, weights, hiddenSize, name);
  }

  #selfAttention(queryKeyValue: Value, index: number): Value {
    const { graph, config } = this;
    const shape = ['batch', config.decoderHeads, 'capacity', this.#headDim];
    const pastKey = graph.input(decoderNames.selfKey(index), 'float32', shape);
    const pastValue = graph.input(decoderNames.selfValue(index), 'float32', shape);
    const { lengths, totalLength } = this.#inputs;
    const [output, presentKey, presentValue] = graph.nodes(
      'GroupQueryAttention',
      [queryKeyValue, undefined, undefined, pastKey, pastValue, lengths, totalLength],
      {
        name: `layers.${index}.selfAttention`,
        domain: 'com.microsoft',
        outputs: 3,
        attributes: { num_heads: config.decoderHeads, kv_num_heads: config.decoderHeads },
      },
    );
    graph.output(decoderNames.presentKey(index), presentKey);
    graph.output(decoderNames.presentValue(index), presentValue);
    return output;
  }

  /** @param query [batch, tokens, hiddenSize] */
  #crossAttention(query: Value, index: number): Value {
    const { graph, config } = this;
    const headDim = this.#headDim;
    const name = `layers.${index}.cross`;
    const { decoderHeads: heads, hiddenSize, audioPositions } = config;
    const key = graph.input(decoderNames.crossKey(index), 'float32', ['windows', heads, audioPositions, headDim]);
    const value = graph.input(decoderNames.crossValue(index), 'float32', ['windows', heads, headDim, audioPositions]);
    const { rowsOfWindow, placeOfRow } = this.#inputs;
    const rows = graph.node('Reshape', [query, graph.int64s([-1, hiddenSize])], { name: `${name}.rows` });
    const grouped = graph.node('Gather', [rows, rowsOfWindow], { name: `${name}.grouped`, attributes: { axis: 0 } });
    const split = graph.node('Reshape', [grouped, graph.int64s([0, 0, heads, headDim])], { name: `${name}.split` });
    const byHead = graph.node('Transpose', [split], { name: `${name}.heads`, attributes: { perm: [0, 2, 1, 3] } });
    const scores = product(graph, byHead, key, `${name}.scores`);
    const probabilities = graph.node('Softmax', [scores], { name: `${name}.probabilities`, attributes: { axis: -1 } });
    this.#keepAlignment(probabilities, index);
    const mixed = product(graph, probabilities, value, `${name}.mixed`);
    const together = graph.node('Transpose', [mixed], { name: `${name}.together`, attributes: { perm: [0, 2, 1, 3] } });
    const flat = graph.node('Reshape', [together, graph.int64s([-1, hiddenSize])], { name: `${name}.flat` });
    const back = graph.node('Gather', [flat, placeOfRow], { name: `${name}.back`, attributes: { axis: 0 } });
    // As the query came: [batch, tokens, hiddenSize].
    const shape = graph.node('Shape', [query], { name: `${name}.shape` });
    return graph.node('Reshape', [back, shape], { name: `${name}.output` });
  }

  #keepAlignment(probabilities: Value, index: number): void {
    const heads = this.config.alignmentHeads.filter(({ layer }) => layer === index).map(({ head }) => head);
    if (heads.length === 0) return;
    const { graph } = this;
    const name = `layers.${index}.alignment`;
    this.#alignment.push(graph.node('Gather', [probabilities, graph.int64s(heads)], { name, attributes: { axis: 1 } }));
  }
}

/** a · bᵀ: with few rows in a, b is read as it lies, where a product a · b would be repacked first, at twice the time for five rows. */
function product(graph: GraphBuilder, a: Value, b: Value, name: string): Value {
  return graph.node('FusedMatMul', [a, b], { name, domain: 'com.microsoft', attributes: { transB: 1 } });
}

interface DecoderInputs {
  readonly tokens: Value;
  readonly positions: Value;
  readonly lengths: Value;
  readonly totalLength: Value;
  readonly rowsOfWindow: Value;
  readonly placeOfRow: Value;
  readonly wantedRows: Value;
}

function declareInputs(graph: GraphBuilder): DecoderInputs {
  return {
    tokens: graph.input(decoderNames.tokens, 'int64', ['batch', 'tokens']),
    positions: graph.input(decoderNames.positions, 'int64', ['batch', 'tokens']),
    lengths: graph.input(decoderNames.lengths, 'int32', ['batch']),
    totalLength: graph.input(decoderNames.totalLength, 'int32', []),
    rowsOfWindow: graph.input(decoderNames.rowsOfWindow, 'int64', ['windows', 'group']),
    placeOfRow: graph.input(decoderNames.placeOfRow, 'int64', ['rows']),
    wantedRows: graph.input(decoderNames.wantedRows, 'int64', ['wanted']),
  };
}

/** The alignment heads in the order that the graph gives them. */
export function orderedAlignmentHeads({ alignmentHeads }: WhisperConfig): readonly AlignmentHead[] {
  return [...alignmentHeads].sort((a, b) => a.layer - b.layer);
}

/** log Σ exp over the first ids: what a log-softmax took away from any one of them. ONNX Runtime's ReduceLogSumExp is slow. */
function logSum(graph: GraphBuilder, logits: Value, count: number): Value {
  const zero = graph.int64s([0]);
  const one = graph.int64s([1]);
  const last = graph.int64s([-1]);
  const text = graph.node('Slice', [logits, zero, graph.int64s([count]), last], { name: 'text' });
  const logProbabilities = graph.node('LogSoftmax', [text], {
    name: 'text.logProbabilities',
    attributes: { axis: -1 },
  });
  const firstLogit = graph.node('Slice', [text, zero, one, last], { name: 'text.first' });
  const first = graph.node('Slice', [logProbabilities, zero, one, last], { name: 'text.firstLogProbability' });
  return graph.node('Sub', [firstLogit, first], { name: 'text.logSum' });
}
