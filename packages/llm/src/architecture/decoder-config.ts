import type { RotaryScaling } from '@ferrum/onnx';
import type { VisionConfig } from '../vision/vision-config.js';

/** Shape of a decoder: what its graph is built from. Plain data, which may be written as JSON. */
export interface DecoderConfig {
  /** As the weights name it. */
  readonly architecture: string;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  /** Of a dense layer's MLP. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly rotary: RotaryConfig;
  /** Tokens the model was trained for. */
  readonly contextLength: number;
  /** Tokens that each token sees, itself included; absent: all. */
  readonly slidingWindow?: number;
  /** Which layers see only the sliding window; absent: all, where there is one. */
  readonly slidingLayers?: readonly boolean[];
  /** Rotary positions of the layers that slide; absent: those of the others. */
  readonly slidingRotary?: RotaryConfig;
  /** Which layers rotate queries and keys; absent: all. */
  readonly rotatedLayers?: readonly boolean[];
  /** Each head of queries and keys is normalised before it is rotated. */
  readonly queryKeyNorm?: boolean;
  /** Factor of the attention scores; absent: 1 / √headDim. */
  readonly attentionScale?: number;
  /** Attention scores s become c · tanh(s / c). */
  readonly attentionSoftcap?: number;
  /** What attention and MLP give is normalised too, before it is added. */
  readonly sandwichNorms?: boolean;
  /** Of the MLP's gate; absent: silu. */
  readonly activation?: 'silu' | 'gelu-tanh' | 'gelu';
  /** Factors of the embeddings, of what each layer adds, and of the logits; absent: 1. */
  readonly embeddingScale?: number;
  readonly residualScale?: number;
  readonly logitScale?: number;
  /** Logits x become c · tanh(x / c). */
  readonly logitSoftcap?: number;
  /** Each MLP is a mixture of experts. */
  readonly experts?: ExpertsConfig;
  /** What makes tokens of images; absent: the model sees none. */
  readonly vision?: VisionConfig;
  /** The head uses the embedding table. */
  readonly tiedEmbeddings: boolean;
}

export interface RotaryConfig {
  readonly theta: number;
  readonly scaling?: RotaryScaling;
  /** The first elements of each head that are rotated; absent: all. */
  readonly dimensions?: number;
}

export interface ExpertsConfig {
  readonly count: number;
  /** Experts that each token uses. */
  readonly active: number;
  readonly intermediateSize: number;
  /** Whether the weights of the active experts are made to sum to 1. */
  readonly normalized: boolean;
}

/** Whether a layer sees only the sliding window. */
export function isSliding({ slidingWindow, slidingLayers }: DecoderConfig, layer: number): boolean {
  return slidingWindow !== undefined && (slidingLayers?.[layer] ?? true);
}
