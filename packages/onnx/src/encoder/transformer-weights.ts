import type { LinearWeights } from '../blocks/linear.js';
import type { ExternalData } from '../graph/external-data.js';

/** float32 [hiddenSize] each. */
export interface NormWeights {
  readonly scale: ExternalData;
  readonly bias?: ExternalData;
}

/** Of one layer, already written to a weight file. */
export interface LayerWeights {
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  /** float32 [3 · hiddenSize]: what is added to query, key and value, where the model adds something. */
  readonly queryKeyValueBias?: ExternalData;
  readonly attentionOutput: LinearWeights;
  readonly attentionNorm?: NormWeights;
  readonly gate?: LinearWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
  readonly feedForwardNorm: NormWeights;
}

export interface TransformerWeights {
  readonly layers: readonly LayerWeights[];
  readonly finalNorm?: NormWeights;
  /** float32 [2 · maxTokens − 1, heads]: the bias of each distance, from the farthest token before to the farthest after. */
  readonly relativePositions?: ExternalData;
}
