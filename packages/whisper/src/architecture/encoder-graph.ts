import { GraphBuilder, linear, type Value } from '@ferrum/onnx';
import { feedForward, norm, splitHeads, vector } from './graph-parts.js';
import { type WhisperConfig, windowFrames } from './whisper-config.js';
import type { ConvolutionWeights, EncoderLayerWeights, EncoderWeights } from './whisper-weights.js';

/** Names of the encoder graph's values. */
export const encoderNames = {
  /** float32 [1, melBins, frames]. */
  mel: 'mel',
  /** float32 [audioPositions, hiddenSize]: the encoder's own output. */
  hidden: 'hidden',
  /** float32 [1, heads, audioPositions, headDim], of decoder layer i. */
  crossKey: (layer: number) => `cross_key.${layer}`,
  /** float32 [1, heads, headDim, audioPositions]. */
  crossValue: (layer: number) => `cross_value.${layer}`,
} as const;

/**
 * The audio encoder, one window a run, and with it the keys and values that the decoder's cross-attention reads: those are the same
 * for every token, so they are computed here once.
 */
export function buildEncoderGraph(config: WhisperConfig, weights: EncoderWeights): Uint8Array {
  const graph = new GraphBuilder({ name: 'whisper.encoder' });
  const { hiddenSize, melBins, audioPositions } = config;
  const mel = graph.input(encoderNames.mel, 'float32', [1, melBins, windowFrames(config)]);
  const first = convolution(graph, mel, weights.firstConvolution, 1, 'conv1');
  const second = convolution(graph, first, weights.secondConvolution, 2, 'conv2');
  const turned = graph.node('Transpose', [second], { name: 'conv2.turned', attributes: { perm: [0, 2, 1] } });
  // All but attention is computed on rows: 8-bit products take matrices.
  const rows = graph.node('Reshape', [turned, graph.int64s([audioPositions, hiddenSize])], { name: 'rows' });
  const positions = graph.initializer('positions', 'float32', [audioPositions, hiddenSize], weights.positions);
  let x = graph.node('Add', [rows, positions], { name: 'embedded' });
  for (const [index, layer] of weights.layers.entries()) x = encoderLayer(graph, x, layer, config, `layers.${index}`);
  const hidden = norm(graph, x, weights.finalNorm, hiddenSize, 'finalNorm');
  graph.output(encoderNames.hidden, hidden);
  const headDim = hiddenSize / config.decoderHeads;
  for (const [index, { key, value }] of weights.cross.entries()) {
    const name = `cross.${index}`;
    for (const [part, output, transposed] of [
      [key, encoderNames.crossKey(index), false],
      [value, encoderNames.crossValue(index), true],
    ] as const) {
      const projected = linear(graph, hidden, part, `${name}.${transposed ? 'value' : 'key'}`);
      const split = splitHeads(graph, projected, config.decoderHeads, headDim, { transposed, name: output });
      graph.output(output, split);
    }
  }
  return graph.build();
}

function convolution(
  graph: GraphBuilder,
  x: Value,
  { weight, bias, inChannels, outChannels }: ConvolutionWeights,
  stride: number,
  name: string,
): Value {
  const kernel = graph.initializer(`${name}.weight`, 'float32', [outChannels, inChannels, 3], weight);
  const convolved = graph.node('Conv', [x, kernel, vector(graph, `${name}.bias`, outChannels, bias)], {
    name,
    attributes: { kernel_shape: [3], strides: [stride], pads: [1, 1] },
  });
  return graph.node('Gelu', [convolved], { name: `${name}.gelu` });
}

function encoderLayer(
  graph: GraphBuilder,
  x: Value,
  weights: EncoderLayerWeights,
  { hiddenSize, audioPositions, encoderHeads }: WhisperConfig,
  name: string,
): Value {
  const normed = norm(graph, x, weights.attentionNorm, hiddenSize, `${name}.attentionNorm`);
  const project = (part: 'query' | 'key' | 'value') =>
    graph.node(
      'Reshape',
      [linear(graph, normed, weights[part], `${name}.${part}`), graph.int64s([1, audioPositions, hiddenSize])],
      { name: `${name}.${part}.sequence` },
    );
  const attended = graph.node('MultiHeadAttention', [project('query'), project('key'), project('value')], {
    name: `${name}.attention`,
    attributes: { num_heads: encoderHeads },
  });
  const rows = graph.node('Reshape', [attended, graph.int64s([audioPositions, hiddenSize])], {
    name: `${name}.attention.rows`,
  });
  const output = linear(graph, rows, weights.attentionOutput, `${name}.attentionOutput`);
  const sum = graph.node('Add', [output, x], { name: `${name}.attended` });
  return feedForward(graph, sum, weights, hiddenSize, name);
}
