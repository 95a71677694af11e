import type { ExternalData } from '../graph/external-data.js';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';

/** A table of token embeddings [vocabularySize, hiddenSize]. */
export type EmbeddingWeights = {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
} & (
  | { readonly kind: 'float32'; readonly table: ExternalData }
  | {
      readonly kind: 'block-quantized';
      readonly bits: 4 | 8;
      readonly blockSize: number;
      /** uint8 [vocabularySize, hiddenSize · bits / 8]: the same bytes as a linear layer's quants, so a tied head shares them. */
      readonly quants: ExternalData;
      /** float32 [vocabularySize, hiddenSize / blockSize]. */
      readonly scales: ExternalData;
      /** float32 [hiddenSize / blockSize, vocabularySize], as a linear layer has them. */
      readonly offsets?: ExternalData;
    }
);

/** Looks token ids up: int64 [batch, sequence] → float32 [batch, sequence, hiddenSize]. */
export function embedding(graph: GraphBuilder, ids: Value, weights: EmbeddingWeights, name: string): Value {
  const { vocabularySize, hiddenSize } = weights;
  if (weights.kind === 'float32') {
    const table = graph.initializer(`${name}.table`, 'float32', [vocabularySize, hiddenSize], weights.table);
    return graph.node('Gather', [table, ids], { name, attributes: { axis: 0 } });
  }
  const { bits, blockSize } = weights;
  const quants = graph.initializer(
    `${name}.quants`,
    'uint8',
    [vocabularySize, (hiddenSize * bits) / 8],
    weights.quants,
  );
  const scales = graph.initializer(
    `${name}.scales`,
    'float32',
    [vocabularySize, hiddenSize / blockSize],
    weights.scales,
  );
  const rows = graph.node('GatherBlockQuantized', [quants, ids, scales], {
    name: weights.offsets ? `${name}.lookup` : name,
    domain: 'com.microsoft',
    attributes: { bits, block_size: blockSize, gather_axis: 0, quantize_axis: 1 },
  });
  return weights.offsets ? addOffsets(graph, rows, ids, { ...weights, offsets: weights.offsets }, name) : rows;
}

interface TableOffsets {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly blockSize: number;
  readonly offsets: ExternalData;
}

/** The lookup knows integer zero points only, so a block's float offset is looked up and added apart. */
function addOffsets(
  graph: GraphBuilder,
  rows: Value,
  ids: Value,
  { vocabularySize, hiddenSize, blockSize, offsets }: TableOffsets,
  name: string,
): Value {
  const blocks = hiddenSize / blockSize;
  const table = graph.initializer(`${name}.offsets`, 'float32', [blocks, vocabularySize], offsets);
  // [blocks, batch, sequence] → [batch, sequence, blocks, 1].
  const found = graph.node('Gather', [table, ids], { name: `${name}.foundOffsets`, attributes: { axis: 1 } });
  const turned = graph.node('Transpose', [found], {
    name: `${name}.turnedOffsets`,
    attributes: { perm: [1, 2, 0] },
  });
  const column = graph.node('Unsqueeze', [turned, graph.int64s([-1])], { name: `${name}.offsetColumn` });
  const apart = graph.node('Reshape', [rows, graph.int64s([0, 0, blocks, blockSize])], { name: `${name}.blocks` });
  const sum = graph.node('Add', [apart, column], { name: `${name}.addOffsets` });
  return graph.node('Reshape', [sum, graph.int64s([0, 0, hiddenSize])], { name });
}
