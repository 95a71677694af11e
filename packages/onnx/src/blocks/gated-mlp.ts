import type { GraphBuilder, Value } from '../graph/graph-builder.js';
import { type LinearWeights, linear } from './linear.js';

export interface GatedMlpWeights {
  /** Rows of the gate, then rows of the up projection: [2 · intermediateSize, hiddenSize]. */
  readonly gateUp: LinearWeights;
  readonly down: LinearWeights;
}

/**
 * down(silu(gate(x)) · up(x)), the SwiGLU of Shazeer 2020; x is [batch, sequence, hiddenSize].
 * @param apply adds a linear layer; another than `linear` may watch what goes in
 */
export function gatedMlp(graph: GraphBuilder, x: Value, weights: GatedMlpWeights, name: string, apply = linear): Value {
  const intermediate = weights.gateUp.outFeatures / 2;
  const both = apply(graph, x, weights.gateUp, `${name}.gateUp`);
  const [gate, up] = graph.nodes('Split', [both, graph.int64s([intermediate, intermediate])], {
    name: `${name}.split`,
    outputs: 2,
    attributes: { axis: -1 },
  });
  // QuickGelu with alpha 1 is x · sigmoid(x), that is SiLU, in one pass.
  const activated = graph.node('QuickGelu', [gate], {
    name: `${name}.silu`,
    domain: 'com.microsoft',
    attributes: { alpha: 1 },
  });
  return apply(graph, graph.node('Mul', [activated, up], { name: `${name}.gated` }), weights.down, `${name}.down`);
}
