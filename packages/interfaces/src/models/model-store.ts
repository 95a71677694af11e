import type { ModelManifest } from './model-manifest.js';
import type { ProgressListener } from './progress-event.js';

/** Finds models by reference and brings them to this machine. */
export interface ModelStore {
  /** Identifies the implementation; two stores of the same id are interchangeable. */
  readonly id: string;
  /** Absolute path of the folder where engines may keep what they derive from models, such as converted graphs. */
  readonly cacheDirectory: string;
  /**
   * What is known without the network: from the catalogue, the cache, or a file's header.
   * @throws FerrumError `NotFound` for an unknown name (with the nearest one) or a path that does not exist.
   */
  inspect(reference: string): Promise<ModelManifest>;
  /**
   * Makes sure the model's files are on this machine and checked, downloading what is missing.
   * @throws FerrumError `NotFound`, `Network`, `InvalidFormat` (wrong checksum), `ResourceExhausted` (disk full),
   * `PermissionDenied` (unwritable cache), `IO`, `Cancelled`.
   */
  pull(reference: string, options?: PullOptions): Promise<LocalModel>;
}

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** A model whose files are on this machine. */
export interface LocalModel {
  readonly manifest: ModelManifest;
  /** The folder that holds the files. */
  readonly directory: string;
  /** Absolute path of each file by its name within the model, e.g. `model.safetensors`, `tokenizer.json`. */
  readonly files: Readonly<Record<string, string>>;
}
