import type { GraphEditor, OnnxNode } from '@ferrum/onnx';
import { attributesOf } from './node-attributes.js';

/** A transposed convolution as a plain one that makes all outputs of a step, `stride` phases, as channels of their own. */
export interface UpsamplingPhases {
  /** [outputs × stride, channels, reach + 1]: the last tap sees the step itself, those before it earlier steps. */
  readonly weights: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly channels: number;
  readonly outputs: number;
  readonly stride: number;
  /** How many steps before its own a phase sees; as many zeros belong at both sides of the input. */
  readonly reach: number;
  /** Samples to be cut off the sides of the result. */
  readonly pads: readonly [before: number, after: number];
}

/**
 * Only of transposed convolutions without groups whose kernel is a multiple of the stride; undefined for others.
 * @param order which comes first in the new channels: all phases of an output, or all outputs of a phase
 */
export function phasesOf(
  editor: GraphEditor,
  node: OnnxNode,
  order: 'output-major' | 'phase-major',
): UpsamplingPhases | undefined {
  const [, kernel, biasName] = node.inputs;
  const kernels = editor.floatsOf(kernel);
  const bias = biasName ? editor.floatsOf(biasName)?.data : undefined;
  const { dilation, stride, pads, group, outputPadding } = attributesOf(node);
  if (kernels?.shape.length !== 3 || group !== 1 || dilation !== 1 || outputPadding !== 0) return undefined;
  const [channels, outputs, taps] = kernels.shape as [number, number, number];
  if (taps % stride !== 0 || (biasName && !bias)) return undefined;
  const reach = taps / stride - 1;
  const rowOf = (output: number, phase: number) =>
    order === 'output-major' ? output * stride + phase : phase * outputs + output;
  const weights = new Float32Array(kernels.data.length);
  const biases = bias && new Float32Array(outputs * stride);
  for (let output = 0; output < outputs; output += 1) {
    for (let phase = 0; phase < stride; phase += 1) {
      const row = rowOf(output, phase);
      if (biases) biases[row] = bias[output] as number;
      for (let channel = 0; channel < channels; channel += 1) {
        const to = (row * channels + channel) * (reach + 1);
        const from = (channel * outputs + output) * taps + phase;
        for (let back = 0; back <= reach; back += 1) {
          weights[to + reach - back] = kernels.data[from + back * stride] as number;
        }
      }
    }
  }
  return { weights, bias: biases, channels, outputs, stride, reach, pads };
}

/** Without so many elements at both sides of an axis. */
export function cropped(
  editor: GraphEditor,
  value: string,
  [before, after]: readonly [number, number],
  axis: number,
): string {
  if (before === 0 && after === 0) return value;
  const end = after === 0 ? Number.MAX_SAFE_INTEGER : -after;
  return editor.add('Slice', [value, editor.integers(before), editor.integers(end), editor.integers(axis)]);
}
