import type { EmbeddingWeights, ExternalData, LinearWeights } from '@ferrum/onnx';

export interface NormWeights {
  /** float32 [hiddenSize]. */
  readonly scale: ExternalData;
  readonly shift: ExternalData;
}

/** A convolution of width 3. */
export interface ConvolutionWeights {
  /** float32 [outChannels, inChannels, 3]. */
  readonly weight: ExternalData;
  readonly bias: ExternalData;
  readonly inChannels: number;
  readonly outChannels: number;
}

export interface EncoderWeights {
  readonly firstConvolution: ConvolutionWeights;
  readonly secondConvolution: ConvolutionWeights;
  /** float32 [audioPositions, hiddenSize]. */
  readonly positions: ExternalData;
  readonly layers: readonly EncoderLayerWeights[];
  readonly finalNorm: NormWeights;
  /** For each decoder layer: keys and values of its cross-attention, computed once a window. */
  readonly cross: readonly { readonly key: LinearWeights; readonly value: LinearWeights }[];
}

export interface EncoderLayerWeights extends FeedForwardWeights {
  readonly attentionNorm: NormWeights;
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly attentionOutput: LinearWeights;
}

export interface FeedForwardWeights {
  readonly feedForwardNorm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

export interface DecoderWeights {
  readonly tokens: EmbeddingWeights;
  /** float32 [maxTokens, hiddenSize]. */
  readonly positions: ExternalData;
  readonly layers: readonly DecoderLayerWeights[];
  readonly finalNorm: NormWeights;
  readonly head: LinearWeights;
}

export interface DecoderLayerWeights extends FeedForwardWeights {
  readonly selfNorm: NormWeights;
  /** Side by side. */
  readonly queryKeyValue: LinearWeights;
  readonly selfOutput: LinearWeights;
  readonly crossNorm: NormWeights;
  /** Divided by √headDim. */
  readonly crossQuery: LinearWeights;
  readonly crossOutput: LinearWeights;
}
