import type { ProgressListener } from '@ferrum/interfaces';

/** What a source driver needs to fill a model's folder. */
export interface SourceContext {
  /** The model's folder: only whole, checked files are put here. */
  readonly modelDirectory: string;
  /** For what is being downloaded; on the same disk. A later pull finds its partial files here. */
  readonly workDirectory: string;
  /** For child processes. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/** A file that a source delivered and checked. */
export interface FetchedFile {
  /** Within the model, e.g. `model.safetensors`; folders are separated by `/`. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}
