import type { GraphBuilder, Value } from '../graph/graph-builder.js';
import type { Activation } from './transformer-config.js';

/**
 * Adds the activation of x (+ bias); bias is float32 [features]. gelu: Hendrycks and Gimpel 2016, exact or by tanh; quick-gelu:
 * x · σ(1.702 x); silu: x · σ(x).
 */
export function activate(
  graph: GraphBuilder,
  x: Value,
  bias: Value | undefined,
  activation: Activation,
  name: string,
): Value {
  switch (activation) {
    case 'gelu':
      return bias ? graph.node('BiasGelu', [x, bias], { name }) : graph.node('Gelu', [x], { name });
    case 'gelu-tanh':
      return graph.node('FastGelu', [x, bias], { name });
    case 'quick-gelu':
      return graph.node('QuickGelu', [withBias(graph, x, bias, name)], { name, attributes: { alpha: 1.702 } });
    case 'silu':
      return graph.node('QuickGelu', [withBias(graph, x, bias, name)], { name, attributes: { alpha: 1 } });
    case 'relu':
      return graph.node('Relu', [withBias(graph, x, bias, name)], { name });
    case 'tanh':
      return graph.node('Tanh', [withBias(graph, x, bias, name)], { name });
    case 'identity':
      return withBias(graph, x, bias, name);
  }
}

function withBias(graph: GraphBuilder, x: Value, bias: Value | undefined, name: string): Value {
  return bias ? graph.node('Add', [x, bias], { name: `${name}.addBias` }) : x;
}
