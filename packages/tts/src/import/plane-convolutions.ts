import type { GraphEditor, OnnxNode } from '@ferrum/onnx';
import { attributesOf } from './node-attributes.js';

/**
 * Makes convolutions over time (and what lies between them) convolutions over a plane of height 1: for planes ONNX Runtime has
 * kernels that need no copy of the input for each tap. They share work out by batch and by 64 channels, so it pays where there is a
 * batch.
 * @param within the values whose makers are looked at
 * @returns how many convolutions were changed
 */
export function planeConvolutions(editor: GraphEditor, within: ReadonlySet<string>): number {
  const planes = new Map<string, string>();
  /** Values that exist as planes first. */
  const flattened = new Set<string>();
  const axis = editor.integers(2);
  const planeOf = (value: string): string => {
    let plane = planes.get(value);
    if (plane === undefined) {
      plane = editor.add('Unsqueeze', [value, axis]);
      planes.set(value, plane);
    }
    return plane;
  };
  let changed = 0;
  const names = editor.inOrder().flatMap((node) => node.outputs.filter((output) => within.has(output)));
  for (const name of names) {
    const node = editor.producerOf(name);
    if (!node) continue;
    const plane = planeNode(editor, node, planeOf, flattened);
    if (plane === undefined) continue;
    if (node.operator === 'Conv') changed += 1;
    const flat = editor.add('Squeeze', [plane, axis]);
    editor.replace(name, flat);
    planes.set(flat, plane);
    flattened.add(flat);
  }
  return changed;
}

const pointwise = ['LeakyRelu', 'Tanh', 'Relu', 'Sigmoid', 'Add', 'Sub', 'Mul', 'Div'];

function planeNode(
  editor: GraphEditor,
  node: OnnxNode,
  planeOf: (value: string) => string,
  flattened: ReadonlySet<string>,
): string | undefined {
  if (node.operator === 'Conv') return planeConvolution(editor, node, planeOf);
  if (!pointwise.includes(node.operator)) return undefined;
  const isScalar = (value: string) => editor.floatsOf(value)?.data.length === 1;
  if (!node.inputs.some((value) => flattened.has(value))) return undefined;
  if (!node.inputs.every((value) => flattened.has(value) || isScalar(value))) return undefined;
  const inputs = node.inputs.map((value) => (isScalar(value) ? value : planeOf(value)));
  return editor.add(node.operator, inputs, { attributes: Object.fromEntries(node.attributes) });
}

function planeConvolution(editor: GraphEditor, node: OnnxNode, planeOf: (value: string) => string): string | undefined {
  const [input = '', kernel, bias] = node.inputs;
  const weights = editor.floatsOf(kernel);
  const { dilation, stride, pads, group } = attributesOf(node);
  if (weights?.shape.length !== 3 || group !== 1) return undefined;
  const [outputs, channels, taps] = weights.shape as [number, number, number];
  const plane = editor.constant('float32', [outputs, channels, 1, taps], weights.data);
  return editor.add('Conv', [planeOf(input), plane, ...(bias ? [bias] : [])], {
    attributes: {
      kernel_shape: [1, taps],
      dilations: [1, dilation],
      strides: [1, stride],
      pads: [0, pads[0], 0, pads[1]],
    },
  });
}
