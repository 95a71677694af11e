import type { JsonValue } from '../json.js';
import type { DataType } from './data-type.js';

export interface BackendConfig {
  /** What computes: `onnxruntime`, `llama.cpp`, `remote` … */
  readonly backendType: string;
  /** Where: `cpu`, `cuda:0`, `metal`, `remote` … Default `cpu`. */
  readonly device: string;
  /** Of the activations. Default `float32`. */
  readonly dtype?: DataType;
  /** Default true. */
  readonly enableOptimizations?: boolean;
  /** 0 (none) to 3 (all). Default 2. */
  readonly optimizationLevel?: 0 | 1 | 2 | 3;
  /** Default true. */
  readonly enableKernelFusion?: boolean;
  /** What only this backend knows, e.g. `{ threads: 2 }`. Default `{}`. */
  readonly backendOptions: Readonly<Record<string, JsonValue>>;
}
