import type { ExternalData } from '../graph/external-data.js';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';
import { type RowQuantizedLinearWeights, rowQuantizedProduct } from './row-quantized-linear.js';

/** Weights of y = x · Wᵀ (+ bias), already written to a weight file. W is [outFeatures, inFeatures]. */
export type LinearWeights = (
  | Float32LinearWeights
  | BlockQuantizedLinearWeights
  | RowQuantizedLinearWeights
  | JoinedLinearWeights
) & {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** float32 [outFeatures]. */
  readonly bias?: ExternalData;
};

export interface Float32LinearWeights {
  readonly kind: 'float32';
  /** float32 [inFeatures, outFeatures], that is Wᵀ. */
  readonly weight: ExternalData;
}

/** weight = scale · (quant − 2^(bits − 1)) + offset, per block along inFeatures. */
export interface BlockQuantizedLinearWeights {
  readonly kind: 'block-quantized';
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** uint8 [outFeatures, inFeatures / blockSize, blockSize · bits / 8]. */
  readonly quants: ExternalData;
  /** float32 [outFeatures, inFeatures / blockSize]. */
  readonly scales: ExternalData;
  /** float32 [inFeatures / blockSize, outFeatures]: transposed, as it is multiplied with block sums. */
  readonly offsets?: ExternalData;
  /**
   * Whether x is multiplied as it is, not rounded to 8 bits first: the weights are turned back into float32 in each run, which many
   * rows make up for.
   */
  readonly exactInputs?: boolean;
  /** int64 [inFeatures]: which input each column of the weights is for; absent: in order. */
  readonly inputOrder?: ExternalData;
}

/** Layers of one input whose outputs stand side by side, each stored in its own way: a product each. */
export interface JoinedLinearWeights {
  readonly kind: 'joined';
  readonly parts: readonly LinearWeights[];
}

/**
 * Adds y = x · Wᵀ (+ bias) to the graph; x is [..., inFeatures]. Weights with offsets need an x of at least one row:
 * ONNX Runtime 1.30 leaves an empty input of ReduceSum unreduced, and the run then fails with `Backend`.
 *
 * Weights in blocks run on `MatMulNBits`, by default with activations rounded to 8 bits per block (accuracy level 4), the fastest
 * kernel for few rows. Its zero points are integers, so a block's float offset is kept exact by a second, small
 * product: Σ (s·(q − 8) + o)·x = MatMulNBits(x) + Σ_blocks o · (sum of x over the block).
 */
export function linear(graph: GraphBuilder, x: Value, weights: LinearWeights, name: string): Value {
  const product = productOf(graph, x, weights, name);
  if (!weights.bias) return product;
  const bias = graph.initializer(`${name}.bias`, 'float32', [weights.outFeatures], weights.bias);
  return graph.node('Add', [product, bias], { name: `${name}.addBias` });
}

function productOf(graph: GraphBuilder, x: Value, weights: LinearWeights, name: string): Value {
  switch (weights.kind) {
    case 'float32':
      return floatProduct(graph, x, weights, name);
    case 'block-quantized':
      return quantizedProduct(graph, x, weights, name);
    case 'row-quantized':
      return rowQuantizedProduct(graph, x, weights, name);
    case 'joined': {
      const outputs = weights.parts.map((part, index) => linear(graph, x, part, `${name}.${index}`));
      return graph.node('Concat', outputs, { name, attributes: { axis: -1 } });
    }
  }
}

function floatProduct(
  graph: GraphBuilder,
  x: Value,
  weights: Float32LinearWeights & { inFeatures: number; outFeatures: number },
  name: string,
): Value {
  const shape = [weights.inFeatures, weights.outFeatures];
  return graph.node('MatMul', [x, graph.initializer(`${name}.weight`, 'float32', shape, weights.weight)], { name });
}

function quantizedProduct(
  graph: GraphBuilder,
  input: Value,
  weights: BlockQuantizedLinearWeights & { inFeatures: number; outFeatures: number },
  name: string,
): Value {
  const { bits, blockSize, inFeatures, outFeatures, exactInputs = false, inputOrder } = weights;
  const blocks = inFeatures / blockSize;
  const x = inputOrder
    ? graph.node('Gather', [input, graph.initializer(`${name}.inputOrder`, 'int64', [inFeatures], inputOrder)], {
        name: `${name}.ordered`,
        attributes: { axis: -1 },
      })
    : input;
  const quants = graph.initializer(
    `${name}.quants`,
    'uint8',
    [outFeatures, blocks, (blockSize * bits) / 8],
    weights.quants,
  );
  const scales = graph.initializer(`${name}.scales`, 'float32', [outFeatures, blocks], weights.scales);
  const product = graph.node('MatMulNBits', [x, quants, scales], {
    name,
    domain: 'com.microsoft',
    attributes: { K: inFeatures, N: outFeatures, bits, block_size: blockSize, accuracy_level: exactInputs ? 1 : 4 },
  });
  if (!weights.offsets) return product;
  const offsets = graph.initializer(`${name}.offsets`, 'float32', [blocks, outFeatures], weights.offsets);
  const correction = graph.node('MatMul', [blockSums(graph, x, blocks, blockSize), offsets], {
    name: `${name}.offsetProduct`,
  });
  return graph.node('Add', [product, correction], { name: `${name}.addOffsets` });
}

/** Over which blocks of x a layer needs sums. */
export function blockSumSizes(weights: LinearWeights): readonly number[] {
  if (weights.kind === 'joined') return weights.parts.flatMap(blockSumSizes);
  return weights.kind === 'block-quantized' && weights.offsets ? [weights.blockSize] : [];
}

/**
 * Gives parts of x (cut between rows) the parts of its block sums, so that `linear` takes them instead of summing each part, which
 * may have no row. `split` cuts the sums as x was cut.
 */
export function shareBlockSums(
  graph: GraphBuilder,
  x: Value,
  blockSize: number,
  parts: readonly Value[],
  split: (sums: Value) => readonly Value[],
): void {
  const shared = split(blockSums(graph, x, (x.shape.at(-1) as number) / blockSize, blockSize));
  for (const [index, part] of parts.entries()) {
    const known = sums.get(part) ?? new Map<number, Value>();
    sums.set(part, known.set(blockSize, shared[index] as Value));
  }
}

/** By x and block size. */
const sums = new WeakMap<Value, Map<number, Value>>();

/** Sums of x over each block, [..., inFeatures] → [..., blocks]; layers that share x and block size share them. */
function blockSums(graph: GraphBuilder, x: Value, blocks: number, blockSize: number): Value {
  const ofInput = sums.get(x) ?? new Map<number, Value>();
  const known = ofInput.get(blockSize);
  if (known) return known;
  // 0 copies a dimension of the input.
  const leading = x.shape.slice(0, -1).map(() => 0);
  const shape = graph.int64s([...leading, blocks, blockSize]);
  const grouped = graph.node('Reshape', [x, shape], { name: `${x.name}.blocks${blockSize}` });
  const sum = graph.node('ReduceSum', [grouped, graph.int64s([-1])], {
    name: `${x.name}.blockSums${blockSize}`,
    attributes: { keepdims: 0 },
  });
  sums.set(x, ofInput.set(blockSize, sum));
  return sum;
}
