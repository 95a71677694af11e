import type { ExternalData } from '../graph/external-data.js';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';
import { hadamardMatrix } from '../quantization/hadamard.js';

/**
 * 8-bit weights with one scale per output, for activations with one scale per row: y = x · W₈ᵀ + x[outliers] · Wₒᵀ.
 * The input channels known for large values are multiplied in float32 (LLM.int8(), Dettmers et al. 2022), and with `rotation`
 * the others are turned by a Hadamard matrix before they are rounded (QuaRot, Ashkboos et al. 2024).
 */
export interface RowQuantizedLinearWeights {
  readonly kind: 'row-quantized';
  /** int8 [inFeatures, outFeatures]: W₈ᵀ, after the rotation. The weights of outlier channels are 0 in it before. */
  readonly quants: ExternalData;
  /** float32 [outFeatures]. */
  readonly scales: ExternalData;
  /** Width of the blocks of inFeatures that are rotated, a power of two; absent: none are. */
  readonly rotation?: number;
  /**
   * float32 [inFeatures]: x is multiplied by it before it is rounded, the weights were divided (SmoothQuant, Xiao et al.
   * 2023). Layers that read the same x share its rounding when this is the same object.
   */
  readonly inputScale?: ExternalData;
  /**
   * x is never less: it is rounded to 256 steps from there on, twice as many as on both sides of 0. What it is moved by
   * comes out as `lowerBound` times the sum of an output's weights, which `bias` must hold.
   */
  readonly lowerBound?: number;
  readonly outliers?: {
    readonly channels: readonly number[];
    /** float32 [channels, outFeatures]. */
    readonly weight: ExternalData;
  };
}

/**
 * Adds x · Wᵀ to the graph, without the bias. A row's largest |x| sets its scale, so x should come with its outlier channels
 * scaled down (and their float32 weights up); rows do not depend on one another. With 256 rows 2.4 times as
 * fast as `MatMulNBits` with int4 weights, outliers and rotation included (two Zen 5 cores). x is [..., inFeatures] with at most one symbolic size before the last.
 */
export function rowQuantizedProduct(
  graph: GraphBuilder,
  x: Value,
  weights: RowQuantizedLinearWeights & { inFeatures: number; outFeatures: number },
  name: string,
): Value {
  const { inFeatures, outFeatures } = weights;
  const isMatrix = x.shape.length === 2;
  // Gemm, which adds a product to another without a pass of its own, takes matrices only.
  const rows = isMatrix ? x : graph.node('Reshape', [x, graph.int64s([-1, inFeatures])], { name: `${name}.rows` });
  const { bytes, step, zeroPoint, largest } = round(graph, rows, weights, name);
  const quants = graph.initializer(`${name}.quants`, 'int8', [inFeatures, outFeatures], weights.quants);
  const scales = graph.initializer(`${name}.scales`, 'float32', [outFeatures], weights.scales);
  const relativeProduct = graph.node('MatMulIntegerToFloat', [bytes, quants, step, scales, zeroPoint], { name });
  const product = graph.node('Mul', [relativeProduct, largest], { name: `${name}.product` });
  const sum = weights.outliers ? addOutliers(graph, rows, product, weights.outliers, outFeatures, name) : product;
  if (isMatrix) return sum;
  const shape = [...x.shape.slice(0, -1).map((size) => (typeof size === 'number' ? size : -1)), outFeatures];
  return graph.node('Reshape', [sum, graph.int64s(shape)], { name: `${name}.output` });
}

/** Rows as bytes: row = largest · step · (bytes − zeroPoint). */
interface RoundedRows {
  readonly bytes: Value;
  readonly step: Value;
  readonly zeroPoint: Value;
  /** [rows, 1]. */
  readonly largest: Value;
}

/** By x: how it was rounded before. */
const known = new WeakMap<Value, { readonly weights: RowQuantizedLinearWeights; readonly rounded: RoundedRows }[]>();

function round(
  graph: GraphBuilder,
  rows: Value,
  weights: RowQuantizedLinearWeights & { inFeatures: number },
  name: string,
): RoundedRows {
  const ofRows = known.get(rows) ?? [];
  const same = ofRows.find(
    (other) =>
      other.weights.inputScale === weights.inputScale &&
      other.weights.rotation === weights.rotation &&
      other.weights.lowerBound === weights.lowerBound,
  );
  if (same) return same.rounded;
  const rounded = roundRows(graph, rows, weights, name);
  known.set(rows, [...ofRows, { weights, rounded }]);
  return rounded;
}

function roundRows(
  graph: GraphBuilder,
  rows: Value,
  { inFeatures, inputScale, rotation, lowerBound }: RowQuantizedLinearWeights & { inFeatures: number },
  name: string,
): RoundedRows {
  const scaled = inputScale ? scaleRows(graph, rows, inputScale, inFeatures, name) : rows;
  const rotated = rotation === undefined ? scaled : rotate(graph, scaled, inFeatures, rotation, name);
  const shifted =
    lowerBound === undefined
      ? rotated
      : graph.node('Add', [rotated, graph.scalar('float32', -lowerBound)], { name: `${name}.shifted` });
  const magnitudes = lowerBound === undefined ? graph.node('Abs', [shifted], { name: `${name}.magnitudes` }) : shifted;
  const largest = graph.node('ReduceMax', [magnitudes, graph.int64s([-1])], { name: `${name}.largest` });
  // A row of zeros becomes 0 / 0, whatever bytes that gives; times its largest value, 0, they are zeros again.
  const relative = graph.node('Div', [shifted, largest], { name: `${name}.relative` });
  // The kernels take bytes without a sign on the left: −127 … 127 steps are stored with 128 added.
  const step = graph.scalar('float32', lowerBound === undefined ? 1 / 127 : 1 / 255);
  const zeroPoint = graph.scalar('uint8', lowerBound === undefined ? 128 : 0);
  const bytes = graph.node('QuantizeLinear', [relative, step, zeroPoint], { name: `${name}.rounded` });
  return { bytes, step, zeroPoint, largest };
}

function scaleRows(graph: GraphBuilder, rows: Value, data: ExternalData, inFeatures: number, name: string): Value {
  const factors = graph.initializer(`${name}.inputScale`, 'float32', [inFeatures], data);
  return graph.node('Mul', [rows, factors], { name: `${name}.scaled` });
}

function rotate(graph: GraphBuilder, rows: Value, inFeatures: number, size: number, name: string): Value {
  const blocks = graph.node('Reshape', [rows, graph.int64s([-1, size])], { name: `${name}.blocks` });
  const turned = graph.node('MatMul', [blocks, rotationMatrix(graph, size)], { name: `${name}.turned` });
  return graph.node('Reshape', [turned, graph.int64s([-1, inFeatures])], { name: `${name}.rotated` });
}

function addOutliers(
  graph: GraphBuilder,
  rows: Value,
  product: Value,
  outliers: NonNullable<RowQuantizedLinearWeights['outliers']>,
  outFeatures: number,
  name: string,
): Value {
  const { channels, weight } = outliers;
  const picked = graph.node('Gather', [rows, graph.int64s(channels)], {
    name: `${name}.outliers`,
    attributes: { axis: -1 },
  });
  const weights = graph.initializer(`${name}.outlierWeight`, 'float32', [channels.length, outFeatures], weight);
  return graph.node('Gemm', [picked, weights, product], { name: `${name}.addOutliers` });
}

/** By size. */
const matrices = new WeakMap<GraphBuilder, Map<number, Value>>();

function rotationMatrix(graph: GraphBuilder, size: number): Value {
  const ofGraph = matrices.get(graph) ?? new Map<number, Value>();
  matrices.set(graph, ofGraph);
  let matrix = ofGraph.get(size);
  if (!matrix) {
    matrix = graph.initializer(`hadamard.${size}`, 'float32', [size, size], hadamardMatrix(size));
    ofGraph.set(size, matrix);
  }
  return matrix;
}
