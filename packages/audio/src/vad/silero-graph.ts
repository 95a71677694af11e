import { GraphBuilder, type Value } from '@ferrum/onnx';
import { type SileroConvolution, type SileroWeights, stateSize } from './silero-weights.js';
import { frameSamples, framesPerWindow } from './window-frames.js';

/**
 * Silero VAD over many windows in one run: all but the LSTM's recurrence is matrix products with a row for each window.
 * A window has so few frames (4, then 2, then 1) that each convolution is one matrix.
 * Inputs: `frames` [windows, 4, 256] (see `frameWindows`), `h` and `c` [1, 1, 128]. Outputs: `probabilities` [windows],
 * `nextH` and `nextC` [1, 1, 128].
 */
export function sileroGraph(weights: SileroWeights): Uint8Array {
  const graph = new GraphBuilder({ name: 'silero-vad' });
  const frames = graph.input('frames', 'float32', ['windows', framesPerWindow, frameSamples]);
  const h = graph.input('h', 'float32', [1, 1, stateSize]);
  const c = graph.input('c', 'float32', [1, 1, stateSize]);
  const magnitudes = magnitudesOf(graph, frames, weights);
  const features = encoded(graph, magnitudes, weights.convolutions);
  const gates = 4 * stateSize;
  const [hidden, nextH, nextC] = graph.nodes(
    'LSTM',
    [
      graph.node('Unsqueeze', [features, graph.int64s([1])]),
      graph.initializer('inputGates', 'float32', [1, gates, stateSize], weights.inputGates),
      graph.initializer('recurrentGates', 'float32', [1, gates, stateSize], weights.recurrentGates),
      graph.initializer('gateBias', 'float32', [1, 2 * gates], weights.gateBias),
      undefined,
      h,
      c,
    ],
    {
      outputs: 3,
      attributes: { hidden_size: { type: 'int', value: stateSize } },
      outputTypes: [
        { type: 'float32', shape: ['windows', 1, 1, stateSize] },
        { type: 'float32', shape: [1, 1, stateSize] },
        { type: 'float32', shape: [1, 1, stateSize] },
      ],
    },
  );
  const rows = graph.node('Reshape', [graph.node('Relu', [hidden]), graph.int64s([-1, stateSize])]);
  const weight = graph.initializer('headWeight', 'float32', [stateSize, 1], weights.headWeight);
  const bias = graph.initializer('headBias', 'float32', [1], weights.headBias);
  const logits = graph.node('Add', [graph.node('MatMul', [rows, weight]), bias]);
  graph.output('probabilities', graph.node('Reshape', [graph.node('Sigmoid', [logits]), graph.int64s([-1])]));
  graph.output('nextH', nextH);
  graph.output('nextC', nextC);
  return graph.build();
}

const frequencies = 129;

/** @returns [windows, 4 · 129] */
function magnitudesOf(graph: GraphBuilder, frames: Value, { basis }: SileroWeights): Value {
  const transform = transposed(basis, 2 * frequencies, frameSamples);
  const shape = [frameSamples, 2 * frequencies];
  const products = graph.node('MatMul', [frames, graph.initializer('basis', 'float32', shape, transform)]);
  const parts = graph.int64s([frequencies, frequencies]);
  const [cosines, sines] = graph.nodes('Split', [products, parts], { attributes: { axis: 2 }, outputs: 2 });
  const power = graph.node('Add', [graph.node('Mul', [cosines, cosines]), graph.node('Mul', [sines, sines])]);
  return graph.node('Reshape', [graph.node('Sqrt', [power]), graph.int64s([-1, framesPerWindow * frequencies])]);
}

/** @returns [windows, 128] */
function encoded(graph: GraphBuilder, magnitudes: Value, convolutions: readonly SileroConvolution[]): Value {
  let value = magnitudes;
  convolutions.forEach((convolution, index) => {
    const { inputs, outputs } = positions[index] ?? { inputs: 1, outputs: 1 };
    const { features, channels, bias } = convolution;
    const shape = [inputs * channels, outputs * features];
    const matrix = convolutionMatrix(convolution, inputs, outputs);
    const weight = graph.initializer(`weight${index}`, 'float32', shape, matrix);
    const repeated = Float32Array.from({ length: outputs * features }, (_, column) => bias[column % features] ?? 0);
    const biases = graph.initializer(`bias${index}`, 'float32', [outputs * features], repeated);
    value = graph.node('Relu', [graph.node('Add', [graph.node('MatMul', [value, weight]), biases])]);
  });
  return value;
}

/** Frames before and after each convolution: the second and third have a stride of 2. */
const positions = [
  { inputs: 4, outputs: 4 },
  { inputs: 4, outputs: 2 },
  { inputs: 2, outputs: 1 },
  { inputs: 1, outputs: 1 },
] as const;

/** A convolution of width 3 with a padding of 1 over a fixed number of positions: [inputs · channels, outputs · features]. */
function convolutionMatrix({ weight, channels, features }: SileroConvolution, inputs: number, outputs: number) {
  const matrix = new Float32Array(inputs * channels * outputs * features);
  const stride = inputs / outputs;
  for (let output = 0; output < outputs; output++) {
    for (let tap = 0; tap < 3; tap++) {
      const input = output * stride + tap - 1;
      if (input < 0 || input >= inputs) continue;
      for (let channel = 0; channel < channels; channel++) {
        const row = (input * channels + channel) * outputs * features + output * features;
        for (let feature = 0; feature < features; feature++) {
          matrix[row + feature] = weight[(feature * channels + channel) * 3 + tap] ?? 0;
        }
      }
    }
  }
  return matrix;
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, index) => matrix[(index % rows) * columns + Math.floor(index / rows)] ?? 0);
}
