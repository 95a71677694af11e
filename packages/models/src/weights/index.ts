export { openCtranslate2 } from './ctranslate2.js';
export { canDequantize, dequantize } from './dequantize.js';
export { openGguf } from './gguf.js';
export { type Grouping, readGrouping } from './grouped/grouping.js';
export { ungroupWeights } from './grouped/ungroup-weights.js';
export {
  bfloat16ArrayToFloat32,
  float16ArrayToFloat32,
  float16ToFloat32,
  float32ArrayToFloat16,
  float32ToFloat16,
} from './half-float.js';
export { openWeights } from './open-weights.js';
export { openSafetensors } from './safetensors.js';
export type { StringList } from './string-list.js';
export type { ByteRange, MetadataArray, MetadataValue, NumericArray, TensorInfo, WeightFile } from './weight-file.js';
export {
  type BlockLayout,
  blockLayouts,
  type GroupType,
  type GroupTypeParts,
  groupTypeParts,
  tensorByteLength,
  type WeightType,
} from './weight-type.js';
