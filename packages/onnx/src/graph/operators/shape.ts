import { type Dimension, formatShape, productOf, quotientOf, type Shape, sumOf } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import {
  anyType,
  flag,
  indexTypes,
  input,
  int,
  ints,
  type OperatorSchema,
  optionalInput,
  plainTypes,
} from './schema.js';

/** Operators that make, join or rearrange shapes. */
export const shapeOperators: readonly OperatorSchema[] = [
  {
    name: 'Transpose',
    domain: '',
    inputs: [input('data')],
    outputs: [{ name: 'transposed' }],
    types: { T: anyType },
    attributes: { perm: ints },
    infer: (node) => {
      const shape = node.shape(0);
      const order = node.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
      if ([...order].sort((a, b) => a - b).join() !== shape.map((_, axis) => axis).join()) {
        node.fail(`has perm [${order.join(', ')}]; expected each axis of ${formatShape(shape)} once`);
      }
      return [{ type: node.type('T'), shape: order.map((axis) => shape[axis] ?? 1) }];
    },
  },
  {
    name: 'Reshape',
    domain: '',
    inputs: [input('data'), input('shape', 'I', 1)],
    outputs: [{ name: 'reshaped' }],
    types: { T: anyType, I: ['int64'] },
    attributes: { allowzero: flag },
    infer: (node) => {
      const shape = reshaped(node);
      return [{ type: node.type('T'), shape, contents: shape.length <= 1 ? node.contents(0) : undefined }];
    },
  },
  {
    name: 'Squeeze',
    domain: '',
    inputs: [input('data'), optionalInput('axes', 'I', 1)],
    outputs: [{ name: 'squeezed' }],
    types: { T: anyType, I: ['int64'] },
    attributes: {},
    infer: (node) => {
      const shape = node.shape(0);
      if (!node.optional(1) && shape.some((dimension) => typeof dimension === 'string')) {
        node.fail(`has no axes, and which dimensions of ${formatShape(shape)} are 1 is not known`);
      }
      const axes = node.optional(1)
        ? axesOf(node, shape.length)
        : shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
      for (const axis of axes) node.requireDimension(0, axis, 1);
      const squeezed = shape.filter((_, axis) => !axes.includes(axis));
      return [{ type: node.type('T'), shape: squeezed, contents: node.contents(0) }];
    },
  },
  {
    name: 'Unsqueeze',
    domain: '',
    inputs: [input('data'), input('axes', 'I', 1)],
    outputs: [{ name: 'expanded' }],
    types: { T: anyType, I: ['int64'] },
    attributes: {},
    infer: (node) => {
      const rank = node.shape(0).length + node.constants(1).length;
      const axes = axesOf(node, rank);
      const kept = [...node.shape(0)];
      const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (kept.shift() ?? 1)));
      return [{ type: node.type('T'), shape, contents: rank <= 1 ? node.contents(0) : undefined }];
    },
  },
  {
    name: 'Concat',
    domain: '',
    inputs: [{ ...input('inputs'), variadic: true }],
    outputs: [{ name: 'concat_result' }],
    types: { T: plainTypes },
    attributes: { axis: { kind: 'int', required: true } },
    infer: (node) => {
      const first = node.shape(0);
      const axis = node.axis('axis', first.length);
      const inputs = Array.from({ length: node.inputCount }, (_, index) => node.input(index));
      inputs.forEach(({ shape }, index) => {
        const fits = shape.length === first.length && shape.every((size, at) => at === axis || size === first[at]);
        if (!fits) node.failInput(index, `the shape ${formatShape(first)} but for axis ${axis}`);
      });
      const joined = sumOf(inputs.map(({ shape }) => shape[axis] ?? 0));
      const shape = first.map((size, at) => (at === axis ? joined : size));
      const contents = inputs.map((value) => value.contents);
      const known = shape.length === 1 && contents.every((elements) => elements !== undefined);
      return [{ type: node.type('T'), shape, contents: known ? contents.flat() : undefined }];
    },
  },
  {
    name: 'Split',
    domain: '',
    inputs: [input('input'), optionalInput('split', 'I', 1)],
    outputs: [{ name: 'outputs', variadic: true }],
    types: { T: plainTypes, I: ['int64'] },
    attributes: { axis: int, num_outputs: int },
    infer: (node) => {
      const axis = node.axis('axis', node.shape(0).length, 0);
      const sizes = splitSizes(node, node.shape(0)[axis] ?? 0);
      return sizes.map((size) => ({
        type: node.type('T'),
        shape: node.shape(0).map((dimension, at) => (at === axis ? size : dimension)),
      }));
    },
  },
  {
    name: 'Shape',
    domain: '',
    inputs: [input('data')],
    outputs: [{ name: 'shape' }],
    types: { T: anyType },
    attributes: { start: int, end: int },
    infer: (node) => {
      const contents = node.shape(0).slice(node.int('start', 0), node.has('end') ? node.int('end') : undefined);
      return [{ type: 'int64', shape: [contents.length], contents }];
    },
  },
  {
    name: 'Expand',
    domain: '',
    inputs: [input('input'), input('shape', 'I', 1)],
    outputs: [{ name: 'output' }],
    types: { T: plainTypes, I: ['int64'] },
    attributes: {},
    infer: (node) => [{ type: node.type('T'), shape: expanded(node) }],
  },
  {
    name: 'Tile',
    domain: '',
    inputs: [input('input'), input('repeats', 'I', 1)],
    outputs: [{ name: 'output' }],
    types: { T: plainTypes, I: ['int64'] },
    attributes: {},
    infer: (node) => {
      node.requireShape(1, [node.shape(0).length]);
      const repeats = node.contents(1);
      const shape = node
        .shape(0)
        .map((size, axis) => (repeats ? productOf([size, repeats[axis] ?? 1]) : node.unknown()));
      return [{ type: node.type('T'), shape }];
    },
  },
  {
    name: 'Pad',
    domain: '',
    inputs: [
      input('data'),
      input('pads', 'I', 1),
      optionalInput('constant_value', 'T', 0),
      optionalInput('axes', 'Tind', 1),
    ],
    outputs: [{ name: 'output' }],
    types: { T: anyType, I: ['int64'], Tind: indexTypes },
    attributes: { mode: { kind: 'string', values: ['constant', 'reflect', 'edge', 'wrap'] } },
    infer: (node) => {
      const shape = node.shape(0);
      const axes = node.optional(3)
        ? node.constants(3).map((axis) => node.normalizedAxis(axis, shape.length, `input ${node.inputName(3)}`))
        : shape.map((_, axis) => axis);
      node.requireShape(1, [2 * axes.length]);
      const pads = node.contents(1);
      const padded = shape.map((size, axis) => {
        const at = axes.indexOf(axis);
        if (at < 0) return size;
        return pads ? sumOf([size, pads[at] ?? 0, pads[at + axes.length] ?? 0]) : node.unknown();
      });
      if (padded.some((size) => typeof size === 'number' && size < 0)) node.failInput(1, 'pads that leave something');
      return [{ type: node.type('T'), shape: padded }];
    },
  },
  {
    name: 'Range',
    domain: '',
    inputs: [input('start', 'T', 0), input('limit', 'T', 0), input('delta', 'T', 0)],
    outputs: [{ name: 'output' }],
    types: { T: ['float32', 'float64', 'int16', 'int32', 'int64'] },
    attributes: {},
    infer: (node) => {
      const [start, limit, delta] = [0, 1, 2].map((index) => node.contents(index)?.[0]);
      const length = rangeLength(start, limit, delta) ?? node.unknown();
      return [{ type: node.type('T'), shape: [length] }];
    },
  },
  {
    name: 'ConstantOfShape',
    domain: '',
    inputs: [input('input', 'T1', 1)],
    outputs: [{ name: 'output' }],
    types: { T1: ['int64'] },
    attributes: { value: { kind: 'tensor' } },
    infer: (node) => {
      const [rank] = node.shape(0);
      if (typeof rank !== 'number') return node.failInput(0, 'a known number of dimensions');
      const shape = node.contents(0) ?? Array.from({ length: rank }, () => node.unknown());
      return [{ type: node.tensorType('value') ?? 'float32', shape }];
    },
  },
];

function axesOf(node: NodeInference, rank: number): readonly number[] {
  const axes = node.constants(1).map((axis) => node.normalizedAxis(axis, rank, `input ${node.inputName(1)}`));
  if (new Set(axes).size < axes.length) node.failInput(1, 'different axes');
  return axes;
}

function reshaped(node: NodeInference): Shape {
  const shape = node.shape(0);
  const [rank] = node.shape(1);
  if (typeof rank !== 'number') return node.failInput(1, 'a known number of dimensions');
  const wanted = node.contents(1);
  if (wanted === undefined) return Array.from({ length: rank }, () => node.unknown());
  if (wanted.filter((size) => size === -1).length > 1)
    return node.failInput(1, `at most one -1, not ${formatShape(wanted)}`);
  const copiesZeros = node.int('allowzero', 0) === 0;
  const sizes = wanted.map((size, axis): Dimension | undefined => {
    if (size === -1) return undefined;
    return size === 0 && copiesZeros ? (shape[axis] ?? node.failInput(1, `no 0 at axis ${axis}`)) : size;
  });
  const known = sizes.filter((size) => size !== undefined);
  const rest = quotientOf(shape, known);
  const hasFreeAxis = known.length < sizes.length;
  const isNumeric = [...shape, ...known].every((size) => typeof size === 'number');
  if (isNumeric && (hasFreeAxis ? rest === undefined : productOf(known) !== productOf(shape))) {
    node.failInput(1, `as many elements as ${formatShape(shape)} has, not ${formatShape(wanted)}`);
  }
  return sizes.map((size) => size ?? rest ?? node.unknown());
}

/** Sizes that are known only when the graph runs. */
function computedSizes(node: NodeInference): readonly Dimension[] {
  const count = node.dimension(1, 0);
  if (typeof count !== 'number') return node.failInput(1, 'a known number of sizes');
  return Array.from({ length: count }, () => node.unknown());
}

function splitSizes(node: NodeInference, size: Dimension): readonly Dimension[] {
  if (node.optional(1)) {
    if (node.has('num_outputs'))
      node.fail('has both an input split and an attribute num_outputs; expected one of them');
    const sizes = node.contents(1) ?? computedSizes(node);
    const areKnown = sizes.every((part) => typeof part === 'number');
    if (typeof size === 'number' && areKnown && sumOf(sizes) !== size) {
      node.failInput(1, `sizes whose sum is ${size}`);
    }
    return sizes;
  }
  if (!node.has('num_outputs'))
    return node.fail('has neither an input split nor an attribute num_outputs; expected one');
  const count = node.int('num_outputs');
  if (count < 1) return node.fail(`has num_outputs ${count}; expected at least 1`);
  if (typeof size === 'string')
    return Array.from({ length: count }, () => quotientOf([size], [count]) ?? node.unknown());
  const chunk = Math.ceil(size / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(chunk, size - index * chunk)));
}

function expanded(node: NodeInference): Shape {
  const [rank] = node.shape(1);
  if (typeof rank !== 'number') return node.failInput(1, 'a known number of dimensions');
  const shape = node.shape(0);
  const wanted = node.contents(1);
  const length = Math.max(rank, shape.length);
  return Array.from({ length }, (_, axis) => {
    const size = shape[axis - length + shape.length] ?? 1;
    const target = axis < length - rank ? 1 : wanted?.[axis - length + rank];
    if (target === undefined) return node.unknown();
    if (size !== target && size !== 1 && target !== 1) {
      return node.failInput(1, `a shape that ${formatShape(shape)} broadcasts with, not ${formatShape(wanted ?? [])}`);
    }
    return size === 1 ? target : size;
  });
}

function rangeLength(start?: Dimension, limit?: Dimension, delta?: Dimension): Dimension | undefined {
  if (start === undefined || limit === undefined || delta === undefined) return undefined;
  if (typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number') {
    return delta === 0 ? undefined : Math.max(0, Math.ceil((limit - start) / delta));
  }
  return delta === 1 ? sumOf([limit, productOf([-1, start])]) : undefined;
}
