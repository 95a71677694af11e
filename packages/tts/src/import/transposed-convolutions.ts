import type { GraphEditor } from '@ferrum/onnx';
import { swapTimeAndChannels } from './graph-pieces.js';
import { attributesOf } from './node-attributes.js';
import { cropped } from './upsampling-phases.js';

/**
 * Replaces transposed convolutions over time by a matrix product, whose rows of `stride` outputs are added where they overlap:
 * ONNX Runtime adds them up on one thread. Only those without groups whose kernel is a multiple of the stride.
 * @returns how many were replaced
 */
export function replaceTransposedConvolutions(editor: GraphEditor): number {
  let replaced = 0;
  editor.each('ConvTranspose', (node) => {
    const [input = '', kernel, bias] = node.inputs;
    const weights = editor.floatsOf(kernel);
    const { dilation, stride, pads, group, outputPadding } = attributesOf(node);
    if (weights?.shape.length !== 3 || group !== 1 || dilation !== 1 || outputPadding !== 0) return;
    const [channels, outputs, taps] = weights.shape as [number, number, number];
    if (taps % stride !== 0) return;
    const overlaps = taps / stride;
    const transposed = swapTimeAndChannels(editor, input);
    const matrix = editor.constant(
      'float32',
      [channels, taps * outputs],
      byTap(weights.data, { channels, outputs, taps }),
    );
    const products = editor.add('MatMul', [transposed, matrix]);
    const rows = overlapped(editor, products, overlaps);
    const samples = editor.add('Reshape', [rows, editor.integers(1, -1, outputs)]);
    const cut = cropped(editor, samples, pads, 1);
    const biased = bias ? editor.add('Add', [cut, bias]) : cut;
    editor.replace(node.outputs[0] as string, swapTimeAndChannels(editor, biased));
    replaced += 1;
  });
  return replaced;
}

/** Row t of the result is the sum of part r of row t − r. */
function overlapped(editor: GraphEditor, products: string, parts: number): string {
  if (parts === 1) return products;
  const split = editor.split(products, parts, 2);
  const shifted = split.map((part, shift) =>
    editor.add('Pad', [part, editor.integers(0, shift, 0, 0, parts - 1 - shift, 0)]),
  );
  return shifted.reduce((sum, part) => editor.add('Add', [sum, part]));
}

/** [channels, outputs, taps] → [channels, taps, outputs]. */
function byTap(
  weights: Float32Array,
  { channels, outputs, taps }: { channels: number; outputs: number; taps: number },
): Float32Array {
  const result = new Float32Array(weights.length);
  for (let channel = 0; channel < channels; channel += 1) {
    const base = channel * outputs * taps;
    for (let output = 0; output < outputs; output += 1) {
      for (let tap = 0; tap < taps; tap += 1) {
        result[base + tap * outputs + output] = weights[base + output * taps + tap] as number;
      }
    }
  }
  return result;
}
