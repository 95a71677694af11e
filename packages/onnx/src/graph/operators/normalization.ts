import type { NodeInference } from '../node-inference.js';
import { tensorTypeFromCode } from '../tensor-type.js';
import {
  contribFloatTypes,
  float,
  floatTypes,
  input,
  int,
  type OperatorSchema,
  type OutputRule,
  optionalInput,
} from './schema.js';

const skipOutputs: readonly OutputRule[] = [
  { name: 'output' },
  { name: 'mean', optional: true },
  { name: 'inv_std_var', optional: true },
  { name: 'input_skip_bias_sum', optional: true },
];

export const normalizationOperators: readonly OperatorSchema[] = [
  {
    name: 'LayerNormalization',
    domain: '',
    inputs: [input('X'), input('Scale'), optionalInput('B')],
    outputs: [{ name: 'Y' }, { name: 'Mean', optional: true }, { name: 'InvStdDev', optional: true }],
    types: { T: floatTypes },
    attributes: { axis: int, epsilon: float, stash_type: int },
    infer: (node) => {
      const { statistics, parameters } = normalized(node);
      node.requireShape(1, parameters);
      node.requireShape(2, parameters);
      return [{ type: node.type('T'), shape: node.shape(0) }, statistics, statistics];
    },
  },
  {
    // RMS normalisation (Zhang and Sennrich 2019). ONNX Runtime's own, though it lives in the standard domain.
    name: 'SimplifiedLayerNormalization',
    domain: '',
    inputs: [input('X'), input('scale', 'V')],
    outputs: [{ name: 'Y' }, { name: 'inv_std_var', optional: true }],
    types: { T: floatTypes, V: floatTypes },
    attributes: { axis: int, epsilon: float, stash_type: int },
    infer: (node) => {
      const { statistics, parameters } = normalized(node);
      node.requireShape(1, parameters);
      return [{ type: node.type('V'), shape: node.shape(0) }, statistics];
    },
  },
  {
    // LayerNormalization of the sum of input, skip and bias.
    name: 'SkipLayerNormalization',
    domain: 'com.microsoft',
    inputs: [
      input('input', 'T', 2, 3),
      input('skip', 'T', 2, 3),
      input('gamma', 'T', 1),
      optionalInput('beta', 'T', 1),
      optionalInput('bias', 'T', 1),
    ],
    outputs: skipOutputs,
    types: { T: contribFloatTypes },
    attributes: { epsilon: float },
    infer: skipNormalized,
  },
  {
    name: 'SkipSimplifiedLayerNormalization',
    domain: 'com.microsoft',
    inputs: [
      input('input', 'T', 2, 3),
      input('skip', 'T', 2, 3),
      input('gamma', 'T', 1),
      optionalInput('bias', 'T', 1),
    ],
    outputs: skipOutputs,
    types: { T: contribFloatTypes },
    attributes: { epsilon: float },
    infer: skipNormalized,
  },
];

function normalized(node: NodeInference) {
  const shape = node.shape(0);
  const axis = node.axis('axis', shape.length, -1);
  const code = node.int('stash_type', 1);
  const type = tensorTypeFromCode(code);
  if (type !== 'float32' && type !== 'bfloat16' && type !== 'float64') return node.fail(`has the stash_type ${code}`);
  const statisticsShape = shape.map((size, at) => (at < axis ? size : 1));
  return { statistics: { type, shape: statisticsShape }, parameters: shape.slice(axis) };
}

/** `skip` has the shape of the input, or lacks its batch, or has a batch of 1. */
function skipNormalized(node: NodeInference) {
  const shape = node.shape(0);
  const hidden = node.dimension(0, -1);
  node.requireShape(1, shape, ...(shape.length === 3 ? [shape.slice(1), [1, ...shape.slice(1)]] : []));
  for (const index of [2, 3, 4]) node.requireShape(index, [hidden]);
  const statistics = { type: 'float32', shape: [...shape.slice(0, -1), 1] } as const;
  const sum = { type: node.type('T'), shape };
  return [sum, statistics, statistics, sum];
}
