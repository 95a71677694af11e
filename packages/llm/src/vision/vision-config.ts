import { patchesOfSide, type TransformerConfig } from '@ferrum/onnx';

/** Shape of the part of a model that sees. Plain data, which may be written as JSON. */
export interface VisionConfig extends TransformerConfig {
  /** Pixels of a side: a frame is a square. */
  readonly imageSize: number;
  /** Pixels of a patch's side. */
  readonly patchSize: number;
  /** Squares of so many patches on a side become one token (pixel shuffle, Laurençon et al. 2024). */
  readonly scaleFactor: number;
  /** The token that stands for a piece of a frame in a prompt. */
  readonly imageToken: number;
}

/** Tokens that a frame takes in a prompt. */
export function tokensOfFrame(config: VisionConfig): number {
  return (patchesOfSide(config) / config.scaleFactor) ** 2;
}
