import { type Dimension, productOf, quotientOf, sumOf } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import { type TensorType, tensorTypeFromCode } from '../tensor-type.js';
import {
  anyType,
  flag,
  float,
  floatTypes,
  input,
  numericTypes,
  type OperatorSchema,
  optionalInput,
  plainTypes,
} from './schema.js';

type Arithmetic = (a: Dimension, b: Dimension) => Dimension | undefined;

export const elementwiseOperators: readonly OperatorSchema[] = [
  arithmetic('Add', (a, b) => sumOf([a, b])),
  arithmetic('Sub', (a, b) => sumOf([a, productOf([-1, b])])),
  arithmetic('Mul', (a, b) => productOf([a, b])),
  arithmetic('Div', (a, b) => quotientOf([a], [b])),
  {
    ...binary('Pow', [...floatTypes, 'int32', 'int64']),
    inputs: [input('X'), input('Y', 'T1')],
    types: { T: [...floatTypes, 'int32', 'int64'], T1: numericTypes },
  },
  comparison('Equal', [...numericTypes, 'bool', 'string']),
  comparison('Less', numericTypes),
  comparison('Greater', numericTypes),
  comparison('And', ['bool']),
  ...['Sigmoid', 'Tanh', 'Erf', 'Sqrt', 'Exp', 'Log'].map((name) => unary(name, floatTypes)),
  unary('Neg', [...floatTypes, 'int8', 'int16', 'int32', 'int64']),
  unary('Relu', [...floatTypes, 'int8', 'int16', 'int32', 'int64']),
  unary('Abs', numericTypes),
  unary('Not', ['bool']),
  { ...unary('Gelu', floatTypes), attributes: { approximate: { kind: 'string', values: ['none', 'tanh'] } } },
  {
    ...unary('Identity', anyType),
    infer: (node) => [node.input(0)].map(({ type, shape, contents }) => ({ type, shape, contents })),
  },
  {
    ...unary(
      'Cast',
      anyType.filter((type) => !type.startsWith('complex')),
    ),
    attributes: { to: { kind: 'elementType', required: true }, saturate: flag },
    infer: (node) => {
      const type =
        tensorTypeFromCode(node.int('to')) ?? node.fail(`casts to the unknown element type ${node.int('to')}`);
      return [{ type, shape: node.shape(0), contents: isIndexType(type) ? node.contents(0) : undefined }];
    },
  },
  {
    ...unary('Clip', numericTypes),
    inputs: [input('input'), optionalInput('min', 'T', 0), optionalInput('max', 'T', 0)],
  },
  {
    name: 'Where',
    domain: '',
    inputs: [input('condition', 'B'), input('X'), input('Y')],
    outputs: [{ name: 'output' }],
    types: { B: ['bool'], T: plainTypes },
    attributes: {},
    infer: (node) => [{ type: node.type('T'), shape: node.broadcast(0, 1, 2) }],
  },
  { ...unary('QuickGelu', [...floatTypes]), domain: 'com.microsoft', attributes: { alpha: float } },
  {
    ...unary('FastGelu', floatTypes),
    domain: 'com.microsoft',
    inputs: [input('X'), optionalInput('bias', 'T', 1)],
    infer: biased,
  },
  {
    ...unary('BiasGelu', floatTypes),
    domain: 'com.microsoft',
    inputs: [input('A'), input('B', 'T', 1)],
    infer: biased,
  },
];

function unary(name: string, types: readonly TensorType[]): OperatorSchema {
  return {
    name,
    domain: '',
    inputs: [input('X')],
    outputs: [{ name: 'Y' }],
    types: { T: types },
    attributes: {},
    infer: (node) => [{ type: node.type('T'), shape: node.shape(0) }],
  };
}

function binary(name: string, types: readonly TensorType[]): OperatorSchema {
  return {
    name,
    domain: '',
    inputs: [input('A'), input('B')],
    outputs: [{ name: 'C' }],
    types: { T: types },
    attributes: {},
    infer: (node) => [{ type: node.type('T'), shape: node.broadcast(0, 1) }],
  };
}

function comparison(name: string, types: readonly TensorType[]): OperatorSchema {
  return { ...binary(name, types), infer: (node) => [{ type: 'bool', shape: node.broadcast(0, 1) }] };
}

/** Arithmetic on shapes is followed, so that a shape computed in the graph is known while it is built. */
function arithmetic(name: string, compute: Arithmetic): OperatorSchema {
  return {
    ...binary(name, numericTypes),
    infer: (node) => {
      const shape = node.broadcast(0, 1);
      return [{ type: node.type('T'), shape, contents: shape.length <= 1 ? computed(node, compute) : undefined }];
    },
  };
}

function computed(node: NodeInference, compute: Arithmetic): readonly Dimension[] | undefined {
  const left = node.contents(0);
  const right = node.contents(1);
  if (left === undefined || right === undefined) return undefined;
  const length = left.length === 1 ? right.length : left.length;
  const results = Array.from({ length }, (_, index) => {
    const a = left[left.length === 1 ? 0 : index];
    const b = right[right.length === 1 ? 0 : index];
    return a === undefined || b === undefined ? undefined : compute(a, b);
  });
  return results.every((result) => result !== undefined) ? results : undefined;
}

function biased(node: NodeInference) {
  if (node.optional(1)) node.requireShape(1, [node.dimension(0, -1)]);
  return [{ type: node.type('T'), shape: node.shape(0) }];
}

function isIndexType(type: TensorType): boolean {
  return type === 'int64' || type === 'int32';
}
