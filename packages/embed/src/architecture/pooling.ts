import type { GraphBuilder, Value } from '@ferrum/onnx';

/**
 * How the hidden states of a text's tokens become one vector, by the names of sentence-transformers (Reimers and Gurevych
 * 2019): `weightedmean` weighs token i with i + 1 (Muennighoff 2022).
 */
export type PoolingMode = (typeof poolingModes)[number];

/** In the order in which sentence-transformers joins them. */
export const poolingModes = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'] as const;

/** What pooling over a sequence looks at. */
export interface PooledSpan {
  readonly length: number;
  /** Tokens before it are left out: a prompt that the model's configuration excludes. Not honoured by `max`. */
  readonly from: number;
}

/** Modes that are sums with weights; `max` is computed in the graph. */
export function weightedModes(modes: readonly PoolingMode[]): readonly PoolingMode[] {
  return modes.filter((mode) => mode !== 'max');
}

/** Writes the weight of each token into `weights`, which holds zeros. */
export function writePoolingWeights(weights: Float32Array, mode: PoolingMode, { length, from }: PooledSpan): void {
  const count = length - from;
  switch (mode) {
    case 'cls':
      weights[from] = 1;
      break;
    case 'lasttoken':
      weights[length - 1] = 1;
      break;
    case 'mean':
      weights.fill(1 / count, from, length);
      break;
    case 'mean_sqrt_len_tokens':
      weights.fill(1 / Math.sqrt(count), from, length);
      break;
    case 'weightedmean': {
      const sum = (length * (length + 1) - from * (from + 1)) / 2;
      for (let i = from; i < length; i++) weights[i] = (i + 1) / sum;
      break;
    }
    case 'max':
      break;
  }
}

export interface PoolingInputs {
  /** float32 [batch, tokens, hiddenSize]. */
  readonly hidden: Value;
  /** float32 [batch, weighted modes, tokens]. */
  readonly pooling: Value | undefined;
  /** int32 [batch]: tokens that are no padding. */
  readonly lengths: Value | undefined;
}

/** Adds the pooling to the graph. @returns float32 [batch, modes · hiddenSize], in the order of the modes */
export function pool(
  graph: GraphBuilder,
  { hidden, pooling, lengths }: PoolingInputs,
  modes: readonly PoolingMode[],
  hiddenSize: number,
  name: string,
): Value {
  const weighted = pooling && graph.node('MatMul', [pooling, hidden], { name: `${name}.weighted` });
  const largest = modes.includes('max') ? largestOf(graph, hidden, lengths, `${name}.max`) : undefined;
  const all =
    weighted && largest
      ? graph.node('Concat', [weighted, largest], { name: `${name}.joined`, attributes: { axis: 1 } })
      : (weighted ?? largest ?? hidden);
  const order = [...weightedModes(modes), 'max'] as const;
  const ordered =
    weighted && largest
      ? graph.node('Gather', [all, graph.int64s(modes.map((mode) => order.indexOf(mode)))], {
          name: `${name}.ordered`,
          attributes: { axis: 1 },
        })
      : all;
  return graph.node('Reshape', [ordered, graph.int64s([-1, modes.length * hiddenSize])], { name });
}

function largestOf(graph: GraphBuilder, hidden: Value, lengths: Value | undefined, name: string): Value {
  const unpadded = lengths ? hidePadding(graph, hidden, lengths, name) : hidden;
  return graph.node('ReduceMax', [unpadded, graph.int64s([1])], { name, attributes: { keepdims: 1 } });
}

function hidePadding(graph: GraphBuilder, hidden: Value, lengths: Value, name: string): Value {
  const shape = graph.node('Shape', [hidden], { name: `${name}.shape` });
  const tokens = graph.node('Gather', [shape, graph.scalar('int64', 1)], { name: `${name}.tokens` });
  const positions = graph.node('Range', [graph.scalar('int64', 0), tokens, graph.scalar('int64', 1)], {
    name: `${name}.positions`,
  });
  const wide = graph.node('Cast', [lengths], { name: `${name}.lengths`, attributes: { to: 'int64' } });
  const perText = graph.node('Unsqueeze', [wide, graph.int64s([1])], { name: `${name}.perText` });
  const isToken = graph.node('Less', [positions, perText], { name: `${name}.isToken` });
  const perValue = graph.node('Unsqueeze', [isToken, graph.int64s([2])], { name: `${name}.perValue` });
  return graph.node('Where', [perValue, hidden, graph.scalar('float32', -3.4e38)], { name: `${name}.unpadded` });
}
