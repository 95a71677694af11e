import {
  type ExternalData,
  GraphBuilder,
  imageChannels,
  imagePatches,
  type LinearWeights,
  linear,
  patchesOfSide,
  type TransformerWeights,
  transformer,
  type Value,
} from '@ferrum/onnx';
import type { VisionConfig } from './vision-config.js';

/** Already written to a weight file. */
export interface VisionWeights extends TransformerWeights {
  /** Of a patch's pixels, by channel, row and column. */
  readonly patches: LinearWeights;
  /** float32 [patches, hiddenSize]. */
  readonly positions: ExternalData;
  /** From a square of patches to the decoder's hidden size. */
  readonly connector: LinearWeights;
}

export const pixelsInput = 'pixel_values';
export const featuresOutput = 'image_features';

/**
 * The encoder of images (SigLIP, Zhai et al. 2023) and what brings its patches to the decoder's size (Idefics 3, Laurençon
 * et al. 2024): `pixel_values` float32 [batch, 3, imageSize, imageSize] → `image_features` float32 [batch, tokens, width].
 */
export function buildVisionGraph(config: VisionConfig, weights: VisionWeights): Uint8Array {
  const graph = new GraphBuilder({ name: 'vision-encoder' });
  const { imageSize, hiddenSize } = config;
  const pixels = graph.input(pixelsInput, 'float32', ['batch', imageChannels, imageSize, imageSize]);
  const patches = imagePatches(graph, pixels, config, weights.patches);
  const maxTokens = patchesOfSide(config) ** 2;
  const positions = graph.initializer('positions', 'float32', [maxTokens, hiddenSize], weights.positions);
  const embeddings = graph.node('Add', [patches, positions], { name: 'embeddings' });
  const hidden = transformer(graph, { embeddings, maxTokens }, config, weights, 'encoder');
  graph.output(featuresOutput, linear(graph, pixelShuffle(graph, hidden, config), weights.connector, 'connector'));
  return graph.build();
}

/** The patches of each square side by side: [batch, patches, size] → [batch, tokens, scaleFactor² · size]. */
function pixelShuffle(graph: GraphBuilder, hidden: Value, config: VisionConfig): Value {
  const { scaleFactor: scale, hiddenSize } = config;
  const side = patchesOfSide(config) / scale;
  const squares = graph.node('Reshape', [hidden, graph.int64s([-1, side, scale, side, scale, hiddenSize])], {
    name: 'squares',
  });
  const turned = graph.node('Transpose', [squares], {
    name: 'squares.turned',
    attributes: { perm: [0, 1, 3, 2, 4, 5] },
  });
  return graph.node('Reshape', [turned, graph.int64s([-1, side * side, scale * scale * hiddenSize])], {
    name: 'squares.joined',
  });
}
