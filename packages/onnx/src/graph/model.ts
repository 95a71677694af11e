import type { Shape } from './dimension.js';
import type { ExternalData } from './external-data.js';
import type { TensorType } from './tensor-type.js';

/** A ModelProto as far as Ferrum reads it (onnx.proto, IR version 10). */
export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsets: readonly OnnxOpset[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
}

export interface OnnxOpset {
  /** `''` is the standard operators' domain. */
  readonly domain: string;
  readonly version: number;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export interface OnnxFunction {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
}

export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  /** Value names; `''` is an input that was left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** Integers beyond ±2^53 are bigints; text that isn't UTF-8 stays bytes. */
export type OnnxAttribute =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: number | bigint }
  | { readonly type: 'string'; readonly value: string | Uint8Array }
  | { readonly type: 'tensor'; readonly value: OnnxTensor }
  | { readonly type: 'graph'; readonly value: OnnxGraph }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly (number | bigint)[] }
  | { readonly type: 'strings'; readonly value: readonly (string | Uint8Array)[] }
  | { readonly type: 'tensors'; readonly value: readonly OnnxTensor[] }
  | { readonly type: 'graphs'; readonly value: readonly OnnxGraph[] }
  /** In a function: takes the value of the caller's attribute of that name. */
  | { readonly type: 'reference'; readonly value: string }
  /** Sparse tensors and type descriptions, whose content isn't read. */
  | { readonly type: 'other'; readonly code: number };

export interface OnnxTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly data: OnnxTensorData;
}

export type OnnxTensorData =
  /** Elements packed, little-endian. */
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'external'; readonly reference: ExternalData }
  | { readonly kind: 'strings'; readonly strings: readonly (string | Uint8Array)[] };

export interface OnnxValueInfo {
  readonly name: string;
  /** Absent for sequences, maps and optionals, and where a file leaves it out. */
  readonly type?: TensorType;
  /** Absent when even the rank is unknown; `''` is a dimension without a name. */
  readonly shape?: Shape;
}
