import type { GraphEditor } from '@ferrum/onnx';
import { swapTimeAndChannels } from './graph-pieces.js';
import { attributesOf } from './node-attributes.js';

/**
 * Replaces convolutions over time with few outputs by one matrix product for all taps, whose columns are shifted and added:
 * worth it where the input comes in channels-last order.
 * @returns how many were replaced
 */
export function replaceNarrowConvolutions(editor: GraphEditor): number {
  let replaced = 0;
  editor.each('Conv', (node) => {
    const [input = '', kernel, bias] = node.inputs;
    const weights = editor.floatsOf(kernel);
    const { dilation, stride, pads, group } = attributesOf(node);
    if (weights?.shape.length !== 3 || group !== 1 || stride !== 1) return;
    const [outputs, channels, taps] = weights.shape as [number, number, number];
    const [before, after] = pads;
    const reach = (taps - 1) * dilation;
    if (taps === 1 || outputs * taps > 2 * channels || before + after !== reach) return;
    const columns = new Float32Array(weights.data.length);
    for (let output = 0; output < outputs; output += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        for (let tap = 0; tap < taps; tap += 1) {
          columns[(channel * taps + tap) * outputs + output] = weights.data[
            (output * channels + channel) * taps + tap
          ] as number;
        }
      }
    }
    const matrix = editor.constant('float32', [channels, taps * outputs], columns);
    const products = editor.add('MatMul', [swapTimeAndChannels(editor, input), matrix]);
    const split = editor.split(products, taps, 2);
    const shifted = split.map((part, tap) => {
      const shift = before - tap * dilation;
      return shift === 0 ? part : editor.add('Pad', [part, editor.integers(0, shift, 0, 0, -shift, 0)]);
    });
    const sum = editor.add('Sum', shifted);
    editor.replace(node.outputs[0] as string, swapTimeAndChannels(editor, bias ? editor.add('Add', [sum, bias]) : sum));
    replaced += 1;
  });
  return replaced;
}
