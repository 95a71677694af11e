import { patchesOfSide, type TransformerConfig } from '@ferrum/onnx';

/** Shape of an encoder of images (Dosovitskiy et al. 2021). */
export interface VisionEncoderConfig extends TransformerConfig {
  readonly architecture: string;
  /** Pixels of a side. */
  readonly imageSize: number;
  /** Pixels of a patch's side. */
  readonly patchSize: number;
  /** How patches become one vector: a class token before them, or attention with a learned query (Zhai et al. 2023). */
  readonly pooling: 'class-token' | 'attention';
}

/** Tokens that the layers see. */
export function visionTokens({ imageSize, patchSize, pooling }: VisionEncoderConfig): number {
  return patchesOfSide({ imageSize, patchSize }) ** 2 + (pooling === 'class-token' ? 1 : 0);
}
