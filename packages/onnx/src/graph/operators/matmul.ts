import { broadcastShapes, type Dimension, formatShape, type Shape } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import { flag, float, floatTypes, input, type OperatorSchema, optionalInput, wideTypes } from './schema.js';

export const matmulOperators: readonly OperatorSchema[] = [
  {
    name: 'MatMul',
    domain: '',
    inputs: [input('A'), input('B')],
    outputs: [{ name: 'Y' }],
    types: { T: wideTypes },
    attributes: {},
    infer: (node) => [{ type: node.type('T'), shape: matmulShape(node) }],
  },
  {
    name: 'FusedMatMul',
    domain: 'com.microsoft',
    inputs: [input('A'), input('B')],
    outputs: [{ name: 'Y' }],
    types: { T: floatTypes },
    attributes: { alpha: float, transA: flag, transB: flag, transBatchA: flag, transBatchB: flag },
    infer: (node) => {
      const a = transposed(node.shape(0), node.int('transA', 0), node.int('transBatchA', 0));
      const b = transposed(node.shape(1), node.int('transB', 0), node.int('transBatchB', 0));
      return [{ type: node.type('T'), shape: matmulShape(node, a, b) }];
    },
  },
  {
    name: 'Gemm',
    domain: '',
    inputs: [input('A', 'T', 2), input('B', 'T', 2), optionalInput('C')],
    outputs: [{ name: 'Y' }],
    types: { T: wideTypes },
    attributes: { alpha: float, beta: float, transA: flag, transB: flag },
    infer: (node) => {
      const shape = matmulShape(
        node,
        transposed(node.shape(0), node.int('transA', 0), 0),
        transposed(node.shape(1), node.int('transB', 0), 0),
      );
      const bias = node.optional(2);
      if (bias && formatShape(broadcastShapes(shape, bias.shape) ?? []) !== formatShape(shape)) {
        node.failInput(2, `a shape that broadcasts to ${formatShape(shape)}`);
      }
      return [{ type: node.type('T'), shape }];
    },
  },
];

/** NumPy's matmul: a vector is a row on the left and a column on the right, dimensions before the last two broadcast. */
export function matmulShape(node: NodeInference, a: Shape = node.shape(0), b: Shape = node.shape(1)): Shape {
  if (a.length === 0) return node.failInput(0, 'at least 1 dimension');
  if (b.length === 0) return node.failInput(1, 'at least 1 dimension');
  const columns: readonly Dimension[] = b.length === 1 ? [] : b.slice(-1);
  const rows: readonly Dimension[] = a.length === 1 ? [] : a.slice(-2, -1);
  const inner = a.at(-1);
  if (inner !== (b.length === 1 ? b[0] : b.at(-2))) {
    node.failInput(1, `${inner} rows, as many as input ${node.inputName(0)} ${formatShape(a)} has columns`);
  }
  const batch =
    broadcastShapes(a.slice(0, -2), b.slice(0, -2)) ??
    node.failInput(1, `dimensions before the last two that broadcast with ${formatShape(a)}`);
  return [...batch, ...rows, ...columns];
}

/** `transBatch` moves the first dimension behind the other batch dimensions, then `transMatrix` swaps the last two. */
function transposed(shape: Shape, transMatrix: number, transBatch: number): Shape {
  if (shape.length < 2) return shape;
  const [first = 1, ...rest] = shape;
  const moved = transBatch === 1 ? [...rest.slice(0, -1), first, ...rest.slice(-1)] : shape;
  return transMatrix === 1 ? [...moved.slice(0, -2), ...moved.slice(-1), ...moved.slice(-2, -1)] : moved;
}
