import type { ResampleFilter } from './resample-filter.js';

/** Unit: pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** What is done to an image before a model sees it, in this order. */
export interface ImagePreprocessing extends ImageSize {
  readonly resize: ImageResize | undefined;
  /** Cut from the middle; where the image is smaller, black is put around it. */
  readonly crop: ImageSize | undefined;
  /** Each value of 0 to 255 is multiplied by it. */
  readonly scale: number;
  /** Then, per channel (red, green, blue), `(value - mean) / deviation`. */
  readonly normalization: ChannelNormalization | undefined;
}

export interface ImageResize {
  readonly filter: ResampleFilter;
  /** A number: the length of the shorter edge, the longer one follows. Else the size, whatever the image's shape. */
  readonly size: number | ImageSize;
}

export interface ChannelNormalization {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}
