import type { ExternalData } from '../graph/external-data.js';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';

/** y = x / √(mean(x²) + ε) · weight over the last dimension; weight is float32 [hidden]. Zhang & Sennrich 2019. */
export function rmsNorm(graph: GraphBuilder, x: Value, weight: ExternalData, epsilon: number, name: string): Value {
  return graph.node('SimplifiedLayerNormalization', [x, normWeight(graph, x, weight, name)], {
    name,
    attributes: { axis: -1, epsilon },
  });
}

/**
 * Adds a residual, then normalises: one kernel for s = x + residual, y = rmsNorm(s).
 * @returns y and the sum s, which is the next residual.
 */
export function addRmsNorm(
  graph: GraphBuilder,
  x: Value,
  residual: Value,
  weight: ExternalData,
  epsilon: number,
  name: string,
): { readonly normalized: Value; readonly sum: Value } {
  const [normalized, , , sum] = graph.nodes(
    'SkipSimplifiedLayerNormalization',
    [x, residual, normWeight(graph, x, weight, name)],
    {
      name,
      domain: 'com.microsoft',
      outputs: [`${name}.output`, undefined, undefined, `${name}.sum`],
      attributes: { epsilon },
    },
  );
  return { normalized, sum };
}

export interface HeadRmsNormOptions {
  readonly heads: number;
  readonly headDim: number;
  readonly epsilon: number;
}

/**
 * Normalises each head by itself, as queries and keys are in Qwen3 and Gemma 3 (Henry et al. 2020, "QKNorm", with RMS norms).
 * x is [..., heads · headDim], weight float32 [headDim], shared by the heads.
 */
export function headRmsNorm(
  graph: GraphBuilder,
  x: Value,
  weight: ExternalData,
  { heads, headDim, epsilon }: HeadRmsNormOptions,
  name: string,
): Value {
  // 0 copies a dimension of the input.
  const leading = x.shape.slice(0, -1).map(() => 0);
  const apart = graph.node('Reshape', [x, graph.int64s([...leading, heads, headDim])], { name: `${name}.heads` });
  const normalized = rmsNorm(graph, apart, weight, epsilon, name);
  return graph.node('Reshape', [normalized, graph.int64s([...leading, heads * headDim])], { name: `${name}.joined` });
}

function normWeight(graph: GraphBuilder, x: Value, weight: ExternalData, name: string): Value {
  return graph.initializer(`${name}.weight`, 'float32', [x.shape.at(-1) as number], weight);
}
