import type { RotaryScaling } from '@ferrum/onnx';

/** Shape of a Llama-family decoder. */
export interface DecoderConfig {
  /** As the weights name it. */
  readonly architecture: string;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly rotary: { readonly theta: number; readonly scaling?: RotaryScaling };
  /** Tokens the model was trained for. */
  readonly contextLength: number;
  /** Tokens that each token sees, itself included; absent: all. */
  readonly slidingWindow?: number;
  /** The head uses the embedding table. */
  readonly tiedEmbeddings: boolean;
}
