import type { GraphEditor } from '@ferrum/onnx';
import { cropped, phasesOf } from './upsampling-phases.js';

/**
 * Replaces transposed convolutions over time, in channels-first order, by a convolution that makes the samples of one input step as
 * channels of their own, which are then put in a row: ONNX Runtime adds overlapping outputs up on one thread.
 * @returns how many were replaced
 */
export function replaceUpsampling(editor: GraphEditor): number {
  let replaced = 0;
  editor.each('ConvTranspose', (node) => {
    const phases = phasesOf(editor, node, 'output-major');
    if (!phases) return;
    const { weights, bias, channels, outputs, stride, reach, pads } = phases;
    const inputs = [
      node.inputs[0] as string,
      editor.constant('float32', [outputs * stride, channels, reach + 1], weights),
      ...(bias ? [editor.constant('float32', [outputs * stride], bias)] : []),
    ];
    const made = editor.add('Conv', inputs, { attributes: { pads: [reach, reach] } });
    // [batch, outputs × stride, steps] → [batch, outputs, steps × stride]
    const apart = editor.add('Reshape', [made, editor.integers(0, outputs, stride, -1)]);
    const turned = editor.add('Transpose', [apart], { attributes: { perm: [0, 1, 3, 2] } });
    const samples = editor.add('Reshape', [turned, editor.integers(0, outputs, -1)]);
    editor.replace(node.outputs[0] as string, cropped(editor, samples, pads, 2));
    replaced += 1;
  });
  return replaced;
}
