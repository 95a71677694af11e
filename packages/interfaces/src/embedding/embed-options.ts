import type { CallOptions } from '../engine/call-options.js';
import type { WorkProgressListener } from '../engine/work-progress.js';
import type { EmbeddingEncoding } from './embedding-encoding.js';

/** Of one text. */
export interface EmbedTextOptions extends CallOptions {
  /** Of a text longer than the model reads: refuse it, or drop its end. Default: as the model's configuration says. */
  readonly truncate?: 'error' | 'end';
  /** Matryoshka: only the first so many values, normalised again; 1 to `embeddingDim()`. Kusupati et al. 2022. Default: all. */
  readonly dimensions?: number;
  /** Of the model's prompts, e.g. `query`, `document`; its text goes before each input. Token ids are left as they are. */
  readonly promptName?: string;
}

export interface EmbedOptions<E extends EmbeddingEncoding = EmbeddingEncoding> extends EmbedTextOptions {
  /** Default `float`. */
  readonly encoding?: E;
  /** Unit: texts. */
  readonly onProgress?: WorkProgressListener;
}
