import { type Dimension, formatShape, productOf, type Shape, sumOf } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import { indexTypes, input, int, type OperatorSchema, optionalInput, plainTypes } from './schema.js';

/** Operators that pick elements. */
export const indexingOperators: readonly OperatorSchema[] = [
  {
    name: 'Slice',
    domain: '',
    inputs: [
      input('data'),
      input('starts', 'Tind', 1),
      input('ends', 'Tind', 1),
      optionalInput('axes', 'Tind', 1),
      optionalInput('steps', 'Tind', 1),
    ],
    outputs: [{ name: 'output' }],
    types: { T: plainTypes, Tind: indexTypes },
    attributes: {},
    infer: (node) => [sliced(node)],
  },
  {
    name: 'Gather',
    domain: '',
    inputs: [input('data'), input('indices', 'Tind')],
    outputs: [{ name: 'output' }],
    types: { T: plainTypes, Tind: indexTypes },
    attributes: { axis: int },
    infer: (node) => {
      const axis = node.axis('axis', node.shape(0).length, 0);
      const indices = node.contents(1);
      const elements = node.contents(0);
      requireIndices(node, indices, node.shape(0)[axis] ?? 0);
      const shape = gatheredShape(node.shape(0), node.shape(1), axis);
      const picked = elements && indices?.map((index) => (typeof index === 'number' ? elements.at(index) : undefined));
      const isKnown = shape.length <= 1 && picked?.every((element) => element !== undefined);
      return [{ type: node.type('T'), shape, contents: isKnown ? picked : undefined }];
    },
  },
  {
    name: 'GatherND',
    domain: '',
    inputs: [input('data'), input('indices', 'I')],
    outputs: [{ name: 'output' }],
    types: { T: plainTypes, I: ['int64'] },
    attributes: { batch_dims: int },
    infer: (node) => {
      const data = node.shape(0);
      const indices = node.shape(1);
      const batch = node.int('batch_dims', 0);
      const depth = node.dimension(1, -1);
      if (typeof depth !== 'number') return node.failInput(1, 'a last dimension that is a number');
      if (batch < 0 || batch >= indices.length || batch + depth > data.length || depth < 1) {
        node.failInput(1, `at most ${data.length - batch} indices an element, with batch_dims ${batch}`);
      }
      for (let axis = 0; axis < batch; axis++) node.requireDimension(1, axis, data[axis] ?? 1);
      return [{ type: node.type('T'), shape: [...indices.slice(0, -1), ...data.slice(batch + depth)] }];
    },
  },
  {
    name: 'ScatterND',
    domain: '',
    inputs: [input('data'), input('indices', 'I'), input('updates')],
    outputs: [{ name: 'output' }],
    types: { T: plainTypes, I: ['int64'] },
    attributes: { reduction: { kind: 'string', values: ['none', 'add', 'mul', 'max', 'min'] } },
    infer: (node) => {
      const data = node.shape(0);
      const indices = node.shape(1);
      const depth = node.dimension(1, -1);
      if (typeof depth !== 'number') return node.failInput(1, 'a last dimension that is a number');
      if (depth < 1 || depth > data.length) node.failInput(1, `1 to ${data.length} indices an element`);
      const updates = [...indices.slice(0, -1), ...data.slice(depth)];
      if (node.shape(2).length !== updates.length) node.failInput(2, `the shape ${formatShape(updates)}`);
      for (const [axis, size] of updates.entries()) node.requireDimension(2, axis, size);
      return [{ type: node.type('T'), shape: data }];
    },
  },
  {
    name: 'GatherElements',
    domain: '',
    inputs: [input('data'), input('indices', 'Tind')],
    outputs: [{ name: 'output' }],
    types: { T: plainTypes, Tind: indexTypes },
    attributes: { axis: int },
    infer: (node) => {
      const data = node.shape(0);
      const axis = node.axis('axis', data.length, 0);
      const fits = (size: Dimension, at: number) => {
        const limit = data[at] ?? 0;
        return at === axis || size === limit || (typeof size === 'number' && typeof limit === 'number' && size < limit);
      };
      if (node.shape(1).length !== data.length || !node.shape(1).every(fits)) {
        node.failInput(1, `the rank of ${formatShape(data)}, and no dimension larger but axis ${axis}`);
      }
      return [{ type: node.type('T'), shape: node.shape(1) }];
    },
  },
];

/** `data` with the gathered axis replaced by the shape of `indices`. */
export function gatheredShape(data: Shape, indices: Shape, axis: number): Shape {
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
}

function requireIndices(node: NodeInference, indices: readonly Dimension[] | undefined, size: Dimension): void {
  if (typeof size !== 'number') return;
  for (const index of indices ?? []) {
    if (typeof index === 'number' && (index < -size || index >= size)) {
      node.failInput(1, `indices from ${-size} to ${size - 1}, not ${index}`);
    }
  }
}

function sliced(node: NodeInference) {
  const data = node.shape(0);
  const count = node.dimension(1, 0);
  if (typeof count !== 'number') return node.failInput(1, 'a known number of axes');
  for (const index of [2, 3, 4]) if (node.optional(index)) node.requireShape(index, [count]);
  const starts = node.contents(1);
  const ends = node.contents(2);
  const axes = node.optional(3)
    ? node.constants(3).map((axis) => node.normalizedAxis(axis, data.length, `input ${node.inputName(3)}`))
    : Array.from({ length: count }, (_, axis) => axis);
  const steps = node.optional(4) ? node.constants(4) : axes.map(() => 1);
  if (steps.includes(0)) node.failInput(4, 'steps other than 0');
  if (count > data.length) node.failInput(1, `at most ${data.length} axes`);
  const shape = data.map((size, axis) => {
    const at = axes.indexOf(axis);
    if (at < 0) return size;
    return sliceLength(size, starts?.[at], ends?.[at], steps[at] ?? 1) ?? node.unknown();
  });
  const [start, end] = [starts?.[0], ends?.[0]];
  const isKnown = data.length === 1 && steps[0] === 1 && typeof start === 'number' && typeof end === 'number';
  return { type: node.type('T'), shape, contents: isKnown ? node.contents(0)?.slice(start, end) : undefined };
}

/**
 * Elements from `start` to `end` by `step`. Where a size or a bound is symbolic, the bounds are taken to lie within the
 * size: `[:-1]` of `tokens` has `tokens + -1` elements, `[-1:]` has 1.
 */
function sliceLength(
  size: Dimension,
  start: Dimension | undefined,
  end: Dimension | undefined,
  step: number,
): Dimension | undefined {
  if (start === undefined || end === undefined) return undefined;
  if (typeof size === 'number' && typeof start === 'number' && typeof end === 'number') {
    const clamp = (bound: number) => {
      const absolute = bound < 0 ? bound + size : bound;
      return step > 0 ? Math.min(Math.max(absolute, 0), size) : Math.min(Math.max(absolute, -1), size - 1);
    };
    return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  }
  if (step !== 1) return undefined;
  const absolute = (bound: Dimension) => {
    if (typeof bound === 'string') return bound;
    if (bound < 0) return sumOf([size, bound]);
    // Larger than any axis: "to the end".
    return bound >= 2 ** 31 - 1 ? size : bound;
  };
  const length = sumOf([absolute(end), productOf([-1, absolute(start)])]);
  return typeof length === 'number' ? Math.max(0, length) : length;
}
