import type { Dimension, Shape } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import { type TensorType, tensorTypeFromCode } from '../tensor-type.js';
import { gatherBlockQuantized } from './gather-block-quantized.js';
import { matmulShape } from './matmul.js';
import { matMulNBits } from './matmul-n-bits.js';
import { flag, input, int, type OperatorSchema, optionalInput } from './schema.js';

const byteTypes: readonly TensorType[] = ['int8', 'uint8'];
const storedTypes: readonly TensorType[] = [
  ...byteTypes,
  'int16',
  'uint16',
  'int4',
  'uint4',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
];

export const quantizedOperators: readonly OperatorSchema[] = [
  {
    name: 'QuantizeLinear',
    domain: '',
    inputs: [input('x', 'T1'), input('y_scale', 'T1'), optionalInput('y_zero_point', 'T2')],
    outputs: [{ name: 'y' }],
    types: { T1: ['float32', 'float16', 'bfloat16', 'int32'], T2: storedTypes },
    attributes: { axis: int, block_size: int, output_dtype: { kind: 'elementType' }, saturate: flag },
    infer: (node) => {
      requireScales(node);
      const declared = tensorTypeFromCode(node.int('output_dtype', 0));
      const zeroPoint = node.optional(2)?.type;
      if (declared && zeroPoint && declared !== zeroPoint) node.failInput(2, `${declared}, as output_dtype says`);
      const type = zeroPoint ?? declared ?? 'uint8';
      if (!storedTypes.includes(type)) node.fail(`has output_dtype ${type}; expected ${storedTypes.join(', ')}`);
      return [{ type, shape: node.shape(0) }];
    },
  },
  {
    name: 'DequantizeLinear',
    domain: '',
    inputs: [input('x', 'T1'), input('x_scale', 'T2'), optionalInput('x_zero_point', 'T1')],
    outputs: [{ name: 'y' }],
    types: { T1: [...storedTypes, 'int32'], T2: ['float32', 'float16', 'bfloat16'] },
    attributes: { axis: int, block_size: int },
    infer: (node) => {
      requireScales(node);
      return [{ type: node.type('T2'), shape: node.shape(0) }];
    },
  },
  {
    name: 'DynamicQuantizeLinear',
    domain: '',
    inputs: [input('x')],
    outputs: [{ name: 'y' }, { name: 'y_scale' }, { name: 'y_zero_point' }],
    types: { T: ['float32'] },
    attributes: {},
    infer: (node) => [
      { type: 'uint8', shape: node.shape(0) },
      { type: 'float32', shape: [] },
      { type: 'uint8', shape: [] },
    ],
  },
  {
    name: 'MatMulInteger',
    domain: '',
    inputs: [
      input('A', 'T1'),
      input('B', 'T2'),
      optionalInput('a_zero_point', 'T1'),
      optionalInput('b_zero_point', 'T2'),
    ],
    outputs: [{ name: 'Y' }],
    types: { T1: byteTypes, T2: byteTypes },
    attributes: {},
    infer: (node) => {
      const shape = matmulShape(node);
      node.requireShape(2, [], [1], ...(node.shape(0).length > 1 ? [[node.dimension(0, -2)]] : []));
      requirePerColumn(node, 3);
      return [{ type: 'int32', shape }];
    },
  },
  {
    // Quantises A to uint8 with one scale for all of it.
    name: 'DynamicQuantizeMatMul',
    domain: 'com.microsoft',
    inputs: [
      input('A', 'T1'),
      input('B', 'T2'),
      input('b_scale', 'T1'),
      optionalInput('b_zero_point', 'T2'),
      optionalInput('bias', 'T1', 1),
    ],
    outputs: [{ name: 'Y' }],
    types: { T1: ['float32'], T2: byteTypes },
    attributes: {},
    infer: (node) => {
      const shape = matmulShape(node);
      for (const index of [2, 3]) requirePerColumn(node, index);
      node.requireShape(4, [node.dimension(1, -1)]);
      return [{ type: 'float32', shape }];
    },
  },
  {
    name: 'MatMulIntegerToFloat',
    domain: 'com.microsoft',
    inputs: [
      input('A', 'T1'),
      input('B', 'T2'),
      input('a_scale', 'T3', 0, 1),
      input('b_scale', 'T3'),
      optionalInput('a_zero_point', 'T1', 0, 1),
      optionalInput('b_zero_point', 'T2'),
      optionalInput('bias', 'T3', 1),
    ],
    outputs: [{ name: 'Y' }],
    types: { T1: byteTypes, T2: byteTypes, T3: ['float32', 'float16'] },
    attributes: {},
    infer: (node) => {
      const shape = matmulShape(node);
      for (const index of [2, 4]) node.requireShape(index, [], [1]);
      for (const index of [3, 5]) requirePerColumn(node, index);
      node.requireShape(6, [node.dimension(1, -1)]);
      return [{ type: node.type('T3'), shape }];
    },
  },
  matMulNBits,
  gatherBlockQuantized,
];

function requirePerColumn(node: NodeInference, index: number): void {
  node.requireShape(index, [], [1], [node.dimension(1, -1)]);
}

/** One scale, one per slice along `axis`, or with `block_size` one per block along it; zero points alike. */
function requireScales(node: NodeInference): void {
  const shape = node.shape(0);
  const blockSize = node.int('block_size', 0);
  if (blockSize < 0) node.fail(`has block_size ${blockSize}; expected 0 or more`);
  if (blockSize === 0 && node.shape(1).length === 0) {
    node.requireShape(2, []);
    return;
  }
  const axis = shape.length === 1 && !node.has('axis') ? 0 : node.axis('axis', shape.length, 1);
  const size = shape[axis] ?? 1;
  const expected = blockSize === 0 ? [size] : blocked(shape, axis, blockSize);
  if (expected === undefined) node.failInput(0, `a size at axis ${axis} that is a number`);
  node.requireShape(1, ...(blockSize === 0 ? [expected, [1]] : [expected]));
  if (node.optional(2)) node.requireShape(2, node.shape(1));
}

function blocked(shape: Shape, axis: number, blockSize: number): Shape | undefined {
  const size: Dimension | undefined = shape[axis];
  return typeof size === 'number'
    ? shape.map((dimension, at) => (at === axis ? Math.ceil(size / blockSize) : dimension))
    : undefined;
}
