import { type LinearWeights, linear } from '../blocks/linear.js';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';

/** Red, green and blue. */
export const imageChannels = 3;

/** Unit: pixels of a side. */
export interface PatchSize {
  readonly imageSize: number;
  readonly patchSize: number;
}

/** Patches of a row or a column; what is left of a size that is no multiple is not looked at. */
export function patchesOfSide({ imageSize, patchSize }: PatchSize): number {
  return Math.floor(imageSize / patchSize);
}

/**
 * A convolution whose stride is its size: a product with the pixels of each patch, by channel, row and column.
 * @param pixels float32 [batch, 3, imageSize, imageSize]
 * @returns float32 [batch, patches, hiddenSize]
 */
export function imagePatches(graph: GraphBuilder, pixels: Value, size: PatchSize, weights: LinearWeights): Value {
  const { imageSize, patchSize } = size;
  const side = patchesOfSide(size);
  const values = imageChannels * patchSize ** 2;
  const covered =
    side * patchSize === imageSize
      ? pixels
      : graph.node('Slice', [
          pixels,
          graph.int64s([0, 0]),
          graph.int64s([side * patchSize, side * patchSize]),
          graph.int64s([2, 3]),
        ]);
  const grid = graph.node('Reshape', [covered, graph.int64s([-1, imageChannels, side, patchSize, side, patchSize])], {
    name: 'patches.grid',
  });
  const turned = graph.node('Transpose', [grid], { name: 'patches.turned', attributes: { perm: [0, 2, 4, 1, 3, 5] } });
  const rows = graph.node('Reshape', [turned, graph.int64s([-1, side * side, values])], { name: 'patches.rows' });
  return linear(graph, rows, weights, 'patches');
}
