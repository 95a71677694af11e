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
  /** Changes what the layers `gate`, `up` and `down` give, each apart. */
  readonly adjust?: OutputAdjustment;
}

/** Adds to the graph what changes the output of a layer; x is what the layer was given. */
export type OutputAdjustment = (graph: GraphBuilder, x: Value, output: Value, name: string) => Value;

/** down(activation(gate(x)) · up(x)), the GLU variants of Shazeer 2020; x is [..., hiddenSize]. */
export function gatedMlp(
  graph: GraphBuilder,
  x: Value,
  weights: GatedMlpWeights,
  name: string,
  { apply = linear, activation = 'silu', adjust = (_graph, _x, output) => output }: GatedMlpOptions = {},
): Value {
  const both = apply(graph, x, weights.gateUp, `${name}.gateUp`);
  const [gate, up] = halves(graph, both, name);
  const inner = gatedProduct(
    graph,
    adjust(graph, x, gate, `${name}.gate`),
    adjust(graph, x, up, `${name}.up`),
    activation,
    name,
  );
  return adjust(graph, inner, apply(graph, inner, weights.down, `${name}.down`), `${name}.down`);
}

/** activation(first half) · second half of the last dimension. */
export function gated(graph: GraphBuilder, gateUp: Value, activation: GateActivation, name: string): Value {
  const [gate, up] = halves(graph, gateUp, name);
  return gatedProduct(graph, gate, up, activation, name);
}

function halves(graph: GraphBuilder, gateUp: Value, name: string): readonly [gate: Value, up: Value] {
  const intermediate = (gateUp.shape.at(-1) as number) / 2;
  return graph.nodes('Split', [gateUp, graph.int64s([intermediate, intermediate])], {
    name: `${name}.split`,
    outputs: 2,
    attributes: { axis: -1 },
  });
}

function gatedProduct(graph: GraphBuilder, gate: Value, up: Value, activation: GateActivation, name: string): Value {
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
