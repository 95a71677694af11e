import type { AdapterPair } from '../lora/read-adapter.js';
import type { ImageRows } from '../vision/image-inputs.js';
import type { KvCache } from './cache/kv-cache.js';

/** One row of a decode run. */
export interface DecodeRow {
  readonly token: number;
  /** Tokens of the row before it. */
  readonly past: number;
  /** Default: none. */
  readonly adapter?: RunnerAdapter | undefined;
}

/** An adapter as a runner holds it. */
export interface RunnerAdapter {
  /** What its matrices take in memory. */
  readonly bytes: number;
}

/** Does something between two steps, when nothing is being computed. */
export type AtRest = <T>(work: () => Promise<T>) => Promise<T>;

/** The adapters of a runner. One call at a time. */
export interface RunnerAdapters {
  /** Times an adapter's matrices were applied to a linear layer. */
  readonly projectionApplications: number;
  /** @throws FerrumError `IO`, `Backend` or `ResourceExhausted`; nothing has changed then. */
  add(pairs: readonly AdapterPair[], atRest: AtRest): Promise<RunnerAdapter>;
  /** Frees an adapter that no row uses any more. @throws FerrumError as `add` */
  remove(adapter: RunnerAdapter, atRest: AtRest): Promise<void>;
}

/** After which tokens of a run logits are wanted. */
export type LogitPositions = 'last' | 'all';

/** A prompt's tokens may be rounded in another way than `decode` does, which is faster; a draft's are not. */
export type ExtendPurpose = 'prompt' | 'draft';

/** Computes runs over the slots of a cache; the one place that an engine touches the model through. */
export interface ModelRunner {
  readonly vocabularySize: number;
  readonly cache: KvCache;
  /** Absent where the model's graph takes no adapters. */
  readonly adapters?: RunnerAdapters;
  /**
   * One token for each of the first rows of the cache.
   * @returns logits float32 [rows, vocabulary], the caller's until the next run.
   * @throws FerrumError `Backend` when the run fails.
   */
  decode(rows: readonly DecodeRow[]): Promise<Float32Array>;
  /**
   * Tokens of one slot that follow `past` others. Default purpose: `prompt`. `images`: which of them are pieces of images; only
   * for a model that sees.
   * @returns logits float32 [1 or tokens, vocabulary], the caller's until the next run.
   * @throws FerrumError `Backend` when the run fails.
   */
  extend(
    slot: number,
    tokens: readonly number[],
    past: number,
    positions: LogitPositions,
    purpose?: ExtendPurpose,
    adapter?: RunnerAdapter,
    images?: ImageRows,
  ): Promise<Float32Array>;
  dispose(): Promise<void>;
}
