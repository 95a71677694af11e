/** A LoRA adapter (Hu et al. 2021) to load beside a model. */
export interface AdapterSource {
  /** Letters, digits, `_`, `.` and `-`. Requests choose the adapter by it. */
  readonly name: string;
  /** A PEFT folder (`adapter_config.json`, `adapter_model.safetensors`) or a GGUF adapter file. */
  readonly path: string;
  /** Multiplies what the adapter adds. Default 1. */
  readonly scale?: number;
}

/** An adapter that requests can choose. */
export interface AdapterInfo {
  readonly name: string;
  readonly path: string;
  readonly scale: number;
  /** The largest of its matrices. */
  readonly rank: number;
  /** Projections that it changes, as the file names them: `q_proj`, `attn_q` … */
  readonly targets: readonly string[];
  /** What its matrices take in memory. */
  readonly bytes: number;
  /** Requests that use it now, those that wait included. */
  readonly activeRequests: number;
}
