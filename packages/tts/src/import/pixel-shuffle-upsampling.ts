import type { GraphEditor } from '@ferrum/onnx';
import { attributesOf } from './node-attributes.js';

/**
 * Replaces transposed convolutions over time, in channels-first order, by a convolution that makes the samples of one input step as
 * channels of their own, which are then put in a row: ONNX Runtime adds overlapping outputs up on one thread. Only those
 * without groups whose kernel is a multiple of the stride.
 * @returns how many were replaced
 */
export function replaceUpsampling(editor: GraphEditor): number {
  let replaced = 0;
  editor.each('ConvTranspose', (node) => {
    const [input = '', kernel, bias] = node.inputs;
    const weights = editor.floatsOf(kernel);
    const offsets = bias === undefined || bias === '' ? undefined : editor.floatsOf(bias);
    const { dilation, stride, pads, group, outputPadding } = attributesOf(node);
    if (weights?.shape.length !== 3 || group !== 1 || dilation !== 1 || outputPadding !== 0) return;
    const [channels, outputs, taps] = weights.shape as [number, number, number];
    if (taps % stride !== 0 || (bias && !offsets)) return;
    const reach = taps / stride - 1;
    const sizes = { channels, outputs, stride, reach };
    const made = editor.add(
      'Conv',
      [
        input,
        editor.constant('float32', [outputs * stride, channels, reach + 1], byPhase(weights.data, sizes)),
        ...(offsets ? [editor.constant('float32', [outputs * stride], repeated(offsets.data, stride))] : []),
      ],
      { attributes: { pads: [reach, reach] } },
    );
    // [batch, outputs × stride, steps] → [batch, outputs, steps × stride]
    const apart = editor.add('Reshape', [made, editor.integers(0, outputs, stride, -1)]);
    const turned = editor.add('Transpose', [apart], { attributes: { perm: [0, 1, 3, 2] } });
    const samples = editor.add('Reshape', [turned, editor.integers(0, outputs, -1)]);
    const [before, after] = pads;
    const isWhole = before === 0 && after === 0;
    const end = after === 0 ? Number.MAX_SAFE_INTEGER : -after;
    const cut = isWhole
      ? samples
      : editor.add('Slice', [samples, editor.integers(before), editor.integers(end), editor.integers(2)]);
    editor.replace(node.outputs[0] as string, cut);
    replaced += 1;
  });
  return replaced;
}

interface Sizes {
  readonly channels: number;
  readonly outputs: number;
  readonly stride: number;
  readonly reach: number;
}

/** [channels, outputs, taps] → [outputs × stride, channels, reach + 1]: the last tap sees the step itself, those before it earlier steps. */
function byPhase(weights: Float32Array, { channels, outputs, stride, reach }: Sizes): Float32Array {
  const taps = stride * (reach + 1);
  const result = new Float32Array(weights.length);
  for (let output = 0; output < outputs; output += 1) {
    for (let phase = 0; phase < stride; phase += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        const to = ((output * stride + phase) * channels + channel) * (reach + 1);
        const from = (channel * outputs + output) * taps + phase;
        for (let back = 0; back <= reach; back += 1) {
          result[to + reach - back] = weights[from + back * stride] as number;
        }
      }
    }
  }
  return result;
}

function repeated(values: Float32Array, times: number): Float32Array {
  return Float32Array.from(
    { length: values.length * times },
    (_, index) => values[Math.floor(index / times)] as number,
  );
}
