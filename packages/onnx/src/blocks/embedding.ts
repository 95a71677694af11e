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
  return graph.node('GatherBlockQuantized', [quants, ids, scales], {
    name,
    domain: 'com.microsoft',
    attributes: { bits, block_size: blockSize, gather_axis: 0, quantize_axis: 1 },
  });
}
