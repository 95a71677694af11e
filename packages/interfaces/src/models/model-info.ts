import type { DataType } from '../engine/data-type.js';
import type { JsonValue } from '../json.js';

/** An open model's dimensions. One that the architecture does not have is absent. */
export interface ModelInfo {
  readonly modelId: string;
  /** The architecture, as the weights call it: `llama`, `bert`, `whisper` … */
  readonly modelType: string;
  readonly numParameters?: number;
  readonly hiddenSize?: number;
  readonly numLayers?: number;
  readonly numHeads?: number;
  readonly numKvHeads?: number;
  readonly vocabSize?: number;
  /** In tokens. */
  readonly maxSequenceLength?: number;
  /** Of the weights, before quantisation. */
  readonly dtype?: DataType;
  readonly device: string;
  readonly version?: string;
  /** SPDX identifier, or the licence's name. */
  readonly license?: string;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}
