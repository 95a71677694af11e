import { type ExternalData, type GraphBuilder, type LinearWeights, linear, type Value } from '@ferrum/onnx';
import { normEpsilon } from './whisper-config.js';
import type { FeedForwardWeights, NormWeights } from './whisper-weights.js';

/** Layer normalisation (Ba et al. 2016) of x [..., hiddenSize]. */
export function norm(graph: GraphBuilder, x: Value, weights: NormWeights, hiddenSize: number, name: string): Value {
  const scale = vector(graph, `${name}.scale`, hiddenSize, weights.scale);
  const shift = vector(graph, `${name}.shift`, hiddenSize, weights.shift);
  return graph.node('LayerNormalization', [x, scale, shift], { name, attributes: { epsilon: normEpsilon, axis: -1 } });
}

/** x + W₂ · gelu(W₁ · norm(x)), x [..., hiddenSize]. */
export function feedForward(
  graph: GraphBuilder,
  x: Value,
  weights: FeedForwardWeights,
  hiddenSize: number,
  name: string,
): Value {
  const normed = norm(graph, x, weights.feedForwardNorm, hiddenSize, `${name}.feedForwardNorm`);
  const activated = gelu(graph, normed, weights.up, `${name}.up`);
  return graph.node('Add', [linear(graph, activated, weights.down, `${name}.down`), x], { name: `${name}.fed` });
}

/** The exact form (Hendrycks and Gimpel 2016). */
function gelu(graph: GraphBuilder, x: Value, weights: LinearWeights, name: string): Value {
  const { bias, ...rest } = weights;
  const product = linear(graph, x, rest as LinearWeights, name);
  if (!bias) return graph.node('Gelu', [product], { name: `${name}.gelu` });
  return graph.node('BiasGelu', [product, vector(graph, `${name}.bias`, weights.outFeatures, bias)], {
    name: `${name}.gelu`,
  });
}

export function vector(graph: GraphBuilder, name: string, size: number, data: ExternalData): Value {
  return graph.initializer(name, 'float32', [size], data);
}

/** [positions, heads · headDim] → [1, heads, positions, headDim], or with `transposed` [1, heads, headDim, positions]. */
export function splitHeads(
  graph: GraphBuilder,
  x: Value,
  heads: number,
  headDim: number,
  options: { readonly transposed: boolean; readonly name: string },
): Value {
  const { transposed, name } = options;
  const split = graph.node('Reshape', [x, graph.int64s([1, -1, heads, headDim])], { name: `${name}.split` });
  const perm = transposed ? [0, 2, 3, 1] : [0, 2, 1, 3];
  return graph.node('Transpose', [split], { name: `${name}.heads`, attributes: { perm } });
}
