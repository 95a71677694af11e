import { type Dimension, formatShape, productOf, type Shape, sumOf } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import { type AttributeRule, floatTypes, input, int, ints, type OperatorSchema, optionalInput } from './schema.js';

const autoPad: AttributeRule = { kind: 'string', values: ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] };

/** `X` is [batch, channels, ...spatial]. */
export const convolutionOperators: readonly OperatorSchema[] = [
  {
    name: 'Conv',
    domain: '',
    inputs: [input('X'), input('W'), optionalInput('B', 'T', 1)],
    outputs: [{ name: 'Y' }],
    types: { T: floatTypes.filter((type) => type !== 'bfloat16') },
    attributes: { auto_pad: autoPad, dilations: ints, group: int, kernel_shape: ints, pads: ints, strides: ints },
    infer: (node) => {
      const window = windowOf(node);
      const group = groupOf(node);
      // W is [features, channels / group, ...kernel].
      const features = node.dimension(1, 0);
      const channels = node.dimension(0, 1);
      if (productOf([node.dimension(1, 1), group]) !== channels) {
        node.failInput(1, `${channels} / ${group} channels at axis 1`);
      }
      node.requireShape(2, [features]);
      const spatial = node
        .shape(0)
        .slice(2)
        .map((size, axis) => convolved(node, size, window, axis));
      return [{ type: node.type('T'), shape: [node.dimension(0, 0), features, ...spatial] }];
    },
  },
  {
    name: 'ConvTranspose',
    domain: '',
    inputs: [input('X'), input('W'), optionalInput('B', 'T', 1)],
    outputs: [{ name: 'Y' }],
    types: { T: floatTypes.filter((type) => type !== 'bfloat16') },
    attributes: {
      auto_pad: autoPad,
      dilations: ints,
      group: int,
      kernel_shape: ints,
      output_padding: ints,
      output_shape: ints,
      pads: ints,
      strides: ints,
    },
    infer: (node) => {
      const window = windowOf(node);
      // W is [channels, features / group, ...kernel].
      node.requireDimension(1, 0, node.dimension(0, 1));
      const features = productOf([node.dimension(1, 1), groupOf(node)]);
      node.requireShape(2, [features]);
      const rank = window.kernel.length;
      const padding = perAxis(node, 'output_padding', rank, 0);
      const wanted = node.has('output_shape') ? perAxis(node, 'output_shape', rank, 0) : undefined;
      const spatial = node
        .shape(0)
        .slice(2)
        .map((size, axis) => {
          return wanted?.[axis] ?? upsampled(node, size, window, axis, padding[axis] ?? 0);
        });
      return [{ type: node.type('T'), shape: [node.dimension(0, 0), features, ...spatial] }];
    },
  },
];

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** All begins, then all ends. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

function windowOf(node: NodeInference): Window {
  const rank = node.shape(0).length - 2;
  if (rank < 1) node.failInput(0, 'at least 3 dimensions: batch, channels, spatial ones');
  const kernel = node.shape(1).slice(2);
  if (kernel.length !== rank || !isNumeric(kernel)) {
    return node.failInput(1, `${rank + 2} dimensions, the last ${rank} numbers`);
  }
  const declared = node.ints('kernel_shape');
  if (declared && declared.join() !== kernel.join()) {
    node.fail(
      `has kernel_shape ${formatShape(declared)} where its input ${node.inputName(1)} has ${formatShape(kernel)}`,
    );
  }
  const padding = node.text('auto_pad', 'NOTSET');
  if (padding !== 'NOTSET' && node.has('pads')) node.fail('has both pads and auto_pad; expected one of them');
  return {
    kernel,
    strides: perAxis(node, 'strides', rank, 1),
    dilations: perAxis(node, 'dilations', rank, 1),
    pads: perAxis(node, 'pads', 2 * rank, 0),
    autoPad: padding,
  };
}

function groupOf(node: NodeInference): number {
  const group = node.int('group', 1);
  return group >= 1 ? group : node.fail(`has group ${group}; expected at least 1`);
}

function perAxis(node: NodeInference, name: string, length: number, fallback: number): readonly number[] {
  const values = node.ints(name) ?? new Array<number>(length).fill(fallback);
  if (values.length !== length) node.fail(`has ${values.length} values in ${name}; expected ${length}`);
  if (values.some((value) => value < fallback))
    node.fail(`has ${formatShape(values)} for ${name}; expected at least ${fallback}`);
  return values;
}

function convolved(node: NodeInference, size: Dimension, window: Window, axis: number): Dimension {
  const { stride, reach, padding } = along(window, axis);
  const isSame = window.autoPad.startsWith('SAME');
  if (typeof size === 'number') {
    if (isSame) return Math.ceil(size / stride);
    const length = Math.floor((size + padding - reach) / stride) + 1;
    return length > 0 ? length : node.failInput(0, `at least ${reach - padding} elements at axis ${axis + 2}`);
  }
  if (stride !== 1) return node.unknown();
  return isSame ? size : sumOf([size, padding - reach + 1]);
}

function upsampled(
  node: NodeInference,
  size: Dimension,
  window: Window,
  axis: number,
  outputPadding: number,
): Dimension {
  const { stride, reach, padding } = along(window, axis);
  const scaled = productOf([size, stride]);
  if (window.autoPad.startsWith('SAME')) return scaled;
  const length = sumOf([scaled, -stride, reach, outputPadding, -padding]);
  return typeof length === 'string' || length > 0 ? length : node.failInput(0, `more elements at axis ${axis + 2}`);
}

/** `reach` is how many elements the dilated kernel spans; `padding` is on both sides together. */
function along(window: Window, axis: number) {
  const { kernel, strides, dilations, pads } = window;
  return {
    stride: strides[axis] ?? 1,
    reach: ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1,
    padding: (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0),
  };
}

function isNumeric(shape: Shape): shape is readonly number[] {
  return shape.every((size) => typeof size === 'number');
}
