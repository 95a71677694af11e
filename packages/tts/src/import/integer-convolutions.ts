import type { GraphConstant, GraphEditor, OnnxNode } from '@ferrum/onnx';
import { framesOf, onlyReader, swapTimeAndChannels } from './graph-pieces.js';
import { attributesOf } from './node-attributes.js';

/** How the products of the quantised convolutions are made. */
export type ConvolutionArithmetic = 'int8' | 'float32';

/**
 * Replaces quantised convolutions as ONNX Runtime's dynamic quantisation writes them (DynamicQuantizeLinear, ConvInteger, the
 * bias as integers, Cast, Mul), whose kernel is slow. `int8` keeps the arithmetic: the same 8-bit inputs, gathered row by row
 * in channels-last order, times the same 8-bit weights as one matrix product. `float32` multiplies the weights' values by
 * unquantised inputs.
 * @returns how many were replaced
 */
export function replaceIntegerConvolutions(editor: GraphEditor, arithmetic: ConvolutionArithmetic): number {
  const quantized = new Map<string, QuantizedRows>();
  let replaced = 0;
  editor.each('ConvInteger', (node) => {
    const found = match(editor, node);
    if (!found) return;
    editor.replace(
      found.output,
      arithmetic === 'int8' ? asMatrixProduct(editor, found, quantized) : asFloatConvolution(editor, found),
    );
    replaced += 1;
  });
  return replaced;
}

interface IntegerConvolution {
  /** Float values, [1, channels, time]. */
  readonly input: string;
  readonly output: string;
  /** Less their zero point, [outputs, channels, taps]. */
  readonly weights: Int16Array;
  readonly shape: readonly [outputs: number, channels: number, taps: number];
  /** One for all outputs, or one each. */
  readonly scales: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly dilation: number;
  readonly stride: number;
  readonly pads: readonly [number, number];
}

/** An input in 8 bits, [1, time, channels], with its scale and zero point. */
interface QuantizedRows {
  readonly rows: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

function asMatrixProduct(
  editor: GraphEditor,
  convolution: IntegerConvolution,
  quantized: Map<string, QuantizedRows>,
): string {
  const { shape, scales, bias } = convolution;
  const [outputs, channels, taps] = shape;
  let input = quantized.get(convolution.input);
  if (!input) {
    const transposed = swapTimeAndChannels(editor, convolution.input);
    const [rows, scale, zeroPoint] = editor.addNode('DynamicQuantizeLinear', [transposed], { outputs: 3 });
    input = { rows, scale, zeroPoint } as QuantizedRows;
    quantized.set(convolution.input, input);
  }
  const { values, zeroPoint } = signedColumns(convolution);
  const inputs = [
    windows(editor, convolution, input),
    editor.constant('int8', [taps * channels, outputs], values),
    input.scale,
    editor.constant('float32', scales.length === 1 ? [] : [outputs], scales),
    input.zeroPoint,
    editor.constant('int8', [], Int8Array.of(zeroPoint)),
    ...(bias ? [editor.constant('float32', [outputs], bias)] : []),
  ];
  const product = editor.add('MatMulIntegerToFloat', inputs, { domain: 'com.microsoft' });
  return swapTimeAndChannels(editor, product);
}

/** What each output sees, one row each: [1, time, taps × channels]. */
function windows(editor: GraphEditor, convolution: IntegerConvolution, { rows, zeroPoint }: QuantizedRows): string {
  const { shape, dilation, stride, pads } = convolution;
  const [, channels, taps] = shape;
  const [before, after] = pads;
  if (taps === 1 && stride === 1 && before === 0 && after === 0) return rows;
  const isPadded = before > 0 || after > 0;
  const padded = isPadded ? editor.add('Pad', [rows, editor.integers(0, before, 0, 0, after, 0), zeroPoint]) : rows;
  const gathered = framesOf(editor, padded, { taps, dilation, stride });
  return editor.add('Reshape', [gathered, editor.integers(1, -1, taps * channels)]);
}

/** The weights as the columns of a matrix, [taps × channels, outputs], shifted into signed bytes. */
function signedColumns({ weights, shape }: IntegerConvolution): { values: Int8Array; zeroPoint: number } {
  const [outputs, channels, taps] = shape;
  let lowest = 0;
  let highest = 0;
  for (const weight of weights) {
    if (weight < lowest) lowest = weight;
    if (weight > highest) highest = weight;
  }
  // Differences of bytes span at most 255: some zero point brings them all into the signed range.
  const zeroPoint = highest > 127 ? 127 - highest : lowest < -128 ? -128 - lowest : 0;
  const values = new Int8Array(weights.length);
  for (let output = 0; output < outputs; output += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const from = (output * channels + channel) * taps;
      for (let tap = 0; tap < taps; tap += 1) {
        values[(tap * channels + channel) * outputs + output] = (weights[from + tap] as number) + zeroPoint;
      }
    }
  }
  return { values, zeroPoint };
}

function asFloatConvolution(editor: GraphEditor, convolution: IntegerConvolution): string {
  const { weights, shape, scales, bias, dilation, stride, pads, input } = convolution;
  const [outputs, channels, taps] = shape;
  const perOutput = channels * taps;
  const values = new Float32Array(weights.length);
  for (let output = 0; output < outputs; output += 1) {
    const scale = scales[scales.length === 1 ? 0 : output] as number;
    for (let index = output * perOutput; index < (output + 1) * perOutput; index += 1) {
      values[index] = (weights[index] as number) * scale;
    }
  }
  const inputs = [
    input,
    editor.constant('float32', shape, values),
    ...(bias ? [editor.constant('float32', [outputs], bias)] : []),
  ];
  return editor.add('Conv', inputs, { attributes: { dilations: [dilation], strides: [stride], pads } });
}

function match(editor: GraphEditor, node: OnnxNode): IntegerConvolution | undefined {
  const quantize = editor.producerOf(node.inputs[0]);
  const raw = editor.constantOf(node.inputs[1]);
  const zeroPoints = node.inputs[3] ? editor.constantOf(node.inputs[3]) : undefined;
  if (quantize?.operator !== 'DynamicQuantizeLinear' || raw?.shape.length !== 3) return undefined;
  const { dilation, stride, pads, group } = attributesOf(node);
  if (group !== 1) return undefined;
  let next = onlyReader(editor, node.outputs[0]);
  let bias: Float32Array | undefined;
  if (next?.operator === 'Add') {
    const integers = next.inputs.find((input) => input !== node.outputs[0]);
    bias = floatsBehind(editor, integers);
    if (!bias) return undefined;
    next = onlyReader(editor, next.outputs[0]);
  }
  if (next?.operator !== 'Cast') return undefined;
  const multiply = onlyReader(editor, next.outputs[0]);
  if (multiply?.operator !== 'Mul') return undefined;
  const scales = weightScales(
    editor,
    multiply.inputs.find((input) => input !== next.outputs[0]),
  );
  const weights = lessZeroPoint(raw, zeroPoints);
  const [outputs, channels, taps] = raw.shape as [number, number, number];
  const isPerOutput = scales?.length === outputs;
  if (!scales || !weights || !(scales.length === 1 || isPerOutput)) return undefined;
  return {
    input: quantize.inputs[0] as string,
    output: multiply.outputs[0] as string,
    weights,
    shape: [outputs, channels, taps],
    scales,
    bias,
    dilation,
    stride,
    pads,
  };
}

/** Undefined where each output has a zero point of its own. */
function lessZeroPoint(raw: GraphConstant, zeroPoints: GraphConstant | undefined): Int16Array | undefined {
  if (zeroPoints && zeroPoints.data.length !== 1) return undefined;
  const zeroPoint = Number(zeroPoints?.data[0] ?? 0);
  const { data } = raw;
  const weights = new Int16Array(data.length);
  for (let index = 0; index < data.length; index += 1) weights[index] = Number(data[index]) - zeroPoint;
  return weights;
}

/** The factor of the product of scales that is a constant. */
function weightScales(editor: GraphEditor, value: string | undefined): Float32Array | undefined {
  let product = editor.producerOf(value);
  while (product?.operator === 'Reshape' || product?.operator === 'Unsqueeze') {
    product = editor.producerOf(product.inputs[0]);
  }
  if (product?.operator !== 'Mul') return undefined;
  for (const input of product.inputs) {
    const scales = editor.floatsOf(input);
    if (scales) return scales.data;
  }
  return undefined;
}

/** The bias, before it was divided by the scales and rounded. */
function floatsBehind(editor: GraphEditor, value: string | undefined): Float32Array | undefined {
  const producer = editor.producerOf(value);
  const steps = ['Reshape', 'Cast', 'Floor', 'Round', 'Div', 'Unsqueeze'];
  if (!producer || !steps.includes(producer.operator)) return undefined;
  const [first] = producer.inputs;
  return editor.floatsOf(first)?.data ?? floatsBehind(editor, first);
}
