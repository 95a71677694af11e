import type { Dimension, Shape } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import type { TensorType } from '../tensor-type.js';
import {
  flag,
  floatTypes,
  indexTypes,
  input,
  int,
  numericTypes,
  type OperatorSchema,
  optionalInput,
  wideTypes,
} from './schema.js';

export const reduceOperators: readonly OperatorSchema[] = [
  reduction('ReduceSum', wideTypes),
  reduction('ReduceMean', wideTypes),
  reduction('ReduceMax', [...wideTypes, 'int8', 'uint8', 'bool']),
  {
    name: 'ArgMax',
    domain: '',
    inputs: [input('data')],
    outputs: [{ name: 'reduced' }],
    types: { T: numericTypes },
    attributes: { axis: int, keepdims: flag, select_last_index: flag },
    infer: (node) => {
      const axis = node.axis('axis', node.shape(0).length, 0);
      return [{ type: 'int64', shape: reduced(node.shape(0), [axis], node.int('keepdims', 1)) }];
    },
  },
  ...['Softmax', 'LogSoftmax'].map(
    (name): OperatorSchema => ({
      name,
      domain: '',
      inputs: [input('input')],
      outputs: [{ name: 'output' }],
      types: { T: floatTypes },
      attributes: { axis: int },
      infer: (node) => {
        node.axis('axis', node.shape(0).length, -1);
        return [{ type: node.type('T'), shape: node.shape(0) }];
      },
    }),
  ),
  {
    name: 'CumSum',
    domain: '',
    inputs: [input('x'), input('axis', 'T2', 0, 1)],
    outputs: [{ name: 'y' }],
    types: { T: wideTypes, T2: indexTypes },
    attributes: { exclusive: flag, reverse: flag },
    infer: (node) => [{ type: node.type('T'), shape: node.shape(0) }],
  },
  {
    name: 'TopK',
    domain: '',
    inputs: [input('X'), input('K', 'I', 1)],
    outputs: [{ name: 'Values' }, { name: 'Indices' }],
    types: { T: numericTypes.filter((type) => type !== 'bfloat16'), I: ['int64'] },
    attributes: { axis: int, largest: flag, sorted: flag },
    infer: (node) => {
      const axis = node.axis('axis', node.shape(0).length, -1);
      const count: Dimension = node.contents(1)?.[0] ?? node.unknown();
      const shape = node.shape(0).map((dimension, index) => (index === axis ? count : dimension));
      const size = node.shape(0)[axis];
      if (typeof count === 'number' && typeof size === 'number' && count > size) {
        node.fail(`wants the ${count} largest of ${size} elements`);
      }
      return [
        { type: node.type('T'), shape },
        { type: 'int64', shape },
      ];
    },
  },
];

function reduction(name: string, types: readonly TensorType[]): OperatorSchema {
  return {
    name,
    domain: '',
    inputs: [input('data'), optionalInput('axes', 'I', 1)],
    outputs: [{ name: 'reduced' }],
    types: { T: types, I: ['int64'] },
    attributes: { keepdims: flag, noop_with_empty_axes: flag },
    infer: (node) => [
      { type: node.type('T'), shape: reduced(node.shape(0), reducedAxes(node), node.int('keepdims', 1)) },
    ],
  };
}

function reducedAxes(node: NodeInference): readonly number[] {
  const rank = node.shape(0).length;
  const axes = node.optional(1) ? node.constants(1) : [];
  if (axes.length > 0) return axes.map((axis) => node.normalizedAxis(axis, rank, `input ${node.inputName(1)}`));
  return node.int('noop_with_empty_axes', 0) === 1 ? [] : node.shape(0).map((_, axis) => axis);
}

function reduced(shape: Shape, axes: readonly number[], keepDimensions: number): Shape {
  return keepDimensions === 1
    ? shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension))
    : shape.filter((_, axis) => !axes.includes(axis));
}
