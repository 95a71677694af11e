import type { GraphBuilder, Value } from '../graph/graph-builder.js';
import { type LinearWeights, linear } from './linear.js';

export interface GatedMlpWeights {
  /** Rows of the gate, then rows of the up projection: [2 · intermediateSize, hiddenSize]. */
  readonly gateUp: LinearWeights;
  readonly down: LinearWeights;
}

/** `gelu-tanh` is the approximation by tanh (`gelu_pytorch_tanh`), `gelu` the one by the error function. */
export type GateActivation = 'silu' | 'gelu-tanh' | 'gelu';

export interface GatedMlpOptions {
  /** Adds a linear layer; another than `linear` may watch what goes in. */
  readonly apply?: typeof linear;
  /** Of the gate. Default: silu. */
  readonly activation?: GateActivation;
}

/** down(activation(gate(x)) · up(x)), the GLU variants of Shazeer 2020; x is [..., hiddenSize]. */
export function gatedMlp(
  graph: GraphBuilder,
  x: Value,
  weights: GatedMlpWeights,
  name: string,
  { apply = linear, activation = 'silu' }: GatedMlpOptions = {},
): Value {
  const both = apply(graph, x, weights.gateUp, `${name}.gateUp`);
  return apply(graph, gated(graph, both, activation, name), weights.down, `${name}.down`);
}

/** activation(first half) · second half of the last dimension. */
export function gated(graph: GraphBuilder, gateUp: Value, activation: GateActivation, name: string): Value {
  const intermediate = (gateUp.shape.at(-1) as number) / 2;
  const [gate, up] = graph.nodes('Split', [gateUp, graph.int64s([intermediate, intermediate])], {
    name: `${name}.split`,
    outputs: 2,
    attributes: { axis: -1 },
  });
  return graph.node('Mul', [activated(graph, gate, activation, `${name}.${activation}`), up], {
    name: `${name}.gated`,
  });
}

function activated(graph: GraphBuilder, gate: Value, activation: GateActivation, name: string): Value {
  // QuickGelu with alpha 1 is x · sigmoid(x), that is SiLU, in one pass.
  if (activation === 'silu') return graph.node('QuickGelu', [gate], { name, attributes: { alpha: 1 } });
  // As fast as FastGelu and ONNX Runtime's own Gelu (two cores, 1 to 256 rows).
  return graph.node('Gelu', [gate], { name, attributes: { approximate: activation === 'gelu' ? 'none' : 'tanh' } });
}
