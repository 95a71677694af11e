import type { GraphBuilder, Value } from '../graph/graph-builder.js';

/** cap · tanh(x / cap), which keeps x within ±cap (Gemma 2's logits); x has any shape, and `cap` is above 0. */
export function softCap(graph: GraphBuilder, x: Value, cap: number, name: string): Value {
  const shrunk = graph.node('Mul', [x, graph.scalar('float32', 1 / cap)], { name: `${name}.shrunk` });
  const bounded = graph.node('Tanh', [shrunk], { name: `${name}.tanh` });
  return graph.node('Mul', [bounded, graph.scalar('float32', cap)], { name });
}
