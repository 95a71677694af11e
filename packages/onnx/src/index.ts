export { type EmbeddingWeights, embedding } from './blocks/embedding.js';
export {
  type GateActivation,
  type GatedMlpOptions,
  type GatedMlpWeights,
  gatedMlp,
  type OutputAdjustment,
} from './blocks/gated-mlp.js';
export {
  type AttentionCache,
  type AttentionHeads,
  type GroupedQueryAttentionInputs,
  type GroupedQueryAttentionOptions,
  groupedQueryAttention,
  type RotaryTables,
} from './blocks/grouped-query-attention.js';
export {
  type BlockQuantizedLinearWeights,
  type Float32LinearWeights,
  type JoinedLinearWeights,
  type LinearWeights,
  linear,
} from './blocks/linear.js';
export {
  type ExpertWeights,
  type MixtureOfExpertsOptions,
  mixtureOfExperts,
  type SharedExpertWeights,
} from './blocks/mixture-of-experts.js';
export { addRmsNorm, type HeadRmsNormOptions, headRmsNorm, rmsNorm } from './blocks/rms-norm.js';
export type {
  DynamicScaling,
  Llama3Scaling,
  LongRopeScaling,
  RotaryOptions,
  RotaryScaling,
  YarnScaling,
} from './blocks/rotary-frequencies.js';
export { rotaryTable } from './blocks/rotary-table.js';
export type { RowQuantizedLinearWeights } from './blocks/row-quantized-linear.js';
export { softCap } from './blocks/soft-cap.js';
export { activate } from './encoder/activate.js';
export { imageChannels, imagePatches, type PatchSize, patchesOfSide } from './encoder/image-patches.js';
export { type Normalized, type Residual, residualNorm } from './encoder/residual.js';
export {
  type Activation,
  activations,
  type LayerConfig,
  type RelativePositions,
  type TransformerConfig,
} from './encoder/transformer-config.js';
export { type TransformerInputs, transformer } from './encoder/transformer-graph.js';
export type { LayerWeights, NormWeights, TransformerWeights } from './encoder/transformer-weights.js';
export type { AttributeInput, AttributeInputs } from './graph/attributes.js';
export type { ConstantType } from './graph/constant.js';
export { decodeModel } from './graph/decode-model.js';
export type { Dimension, Shape } from './graph/dimension.js';
export { type DroppedPresentOutput, findDroppedPresentOutputs } from './graph/dropped-present-outputs.js';
export { type ExternalData, ExternalDataWriter } from './graph/external-data.js';
export { GraphBuilder, type GraphBuilderOptions, type NodeOptions } from './graph/graph-builder.js';
export { type AddedNode, type GraphConstant, GraphEditor } from './graph/graph-editor.js';
export type { InitializerArray, InitializerData } from './graph/initializer.js';
export type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxOpset,
  OnnxTensor,
  OnnxTensorData,
  OnnxValueInfo,
} from './graph/model.js';
export type { OutputChoice } from './graph/output-choice.js';
export { readModel } from './graph/read-model.js';
export type { TensorType } from './graph/tensor-type.js';
export type { Value, ValueType } from './graph/value.js';
export { type WriteModelOptions, writeModel } from './graph/write-model.js';
export { type BlockQuantized, quantizeInt4, quantizeInt8 } from './quantization/block-quantized.js';
export {
  type ExactGgmlType,
  type ExactLayout,
  exactGgmlLayout,
  isExactGgmlType,
  packGgmlBlocks,
} from './quantization/exact-blocks.js';
export { hadamardMatrix, rotateBlocks } from './quantization/hadamard.js';
export { quantizeRowsInt8, type RowQuantized } from './quantization/row-quantized.js';
export { type ByteArithmeticOptions, byteArithmetic } from './runtime/byte-arithmetic.js';
export { OnnxRuntime, type OnnxRuntimeOptions } from './runtime/onnx-runtime.js';
export type { PreparedRun, RunInputs, RunOptions, RunOutputs } from './runtime/prepared-run.js';
export type { Session } from './runtime/session.js';
export type {
  ExecutionProvider,
  GraphOptimization,
  LogSeverity,
  SessionOptions,
  Spinning,
} from './runtime/session-options.js';
export type { ValueInfo } from './runtime/value-info.js';
export type { ElementType, TensorData } from './tensor/element-type.js';
export { Tensor } from './tensor/tensor.js';
