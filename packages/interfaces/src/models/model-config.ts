import type { DataType } from '../engine/data-type.js';
import type { JsonValue } from '../json.js';

/** How to open a model that another one needs, e.g. the draft model of speculative decoding. */
export interface ModelConfig {
  /** A catalogue name, a source or a local path. */
  readonly modelId: string;
  /** The file or folder, when it is on this machine already. */
  readonly modelPath?: string;
  /** The architecture. Default: as the weights say. */
  readonly modelType?: string;
  /** Of the activations. Default `float32`. */
  readonly dtype?: DataType;
  /** Default `cpu`. */
  readonly device?: string;
  /** Default 1. */
  readonly maxBatchSize?: number;
  /** In tokens. Default 2048. */
  readonly maxSequenceLength?: number;
  /** To make of unquantised weights, e.g. `int8`. Default: as the weights are. */
  readonly quantization?: string;
  /** What only the engine that opens it knows. */
  readonly extraConfig?: Readonly<Record<string, JsonValue>>;
}
