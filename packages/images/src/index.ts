export { type DecodeOptions, decodeImage } from './decode-image.js';
export type { ChannelNormalization, ImagePreprocessing, ImageResize, ImageSize } from './image-preprocessing.js';
export { pixelValues } from './pixel-values.js';
export { preprocessImage } from './preprocess-image.js';
export { type ReadImageOptions, readImageBytes } from './read-image.js';
export { type Raster, type Region, resample } from './resample.js';
export { type ResampleFilter, resampleFilters } from './resample-filter.js';
