import type { SamplingParams } from '../generation/sampling-params.js';
import type { Capability } from '../plugin/capability-map.js';
import type { EmbeddingDefaults } from './embedding-defaults.js';

/** What is known of a model before it is opened; made by a `ModelStore`, or `{ reference }` alone without one. */
export interface ModelManifest {
  /** As the caller wrote it: a catalogue name, a source or a path. */
  readonly reference: string;
  /** The catalogue name, when there is one. */
  readonly name?: string;
  readonly format?: ModelFormat;
  /** As the weights call it: `llama`, `bert`, `whisper`, `gemma3` … */
  readonly architecture?: string;
  /** What the model is for, when known. */
  readonly capabilities?: readonly Capability[];
  /** Of the weights, e.g. `Q4_1`, `F16`. */
  readonly quantization?: string;
  /** Bytes to download, or on disk. */
  readonly sizeBytes?: number;
  /** SPDX identifier, or the licence's name. */
  readonly license?: string;
  /** Largest number of tokens the model was trained for. */
  readonly contextLength?: number;
  /** The file or folder, once it is on this machine. */
  readonly path?: string;
  /** Sampling values that the model's makers recommend; a request's own values come first. */
  readonly sampling?: Partial<SamplingParams>;
  /** How an embedding model is to be used, where its files do not say so. */
  readonly embedding?: EmbeddingDefaults;
}

export type ModelFormat = 'gguf' | 'safetensors' | 'onnx' | 'ctranslate2';
