import type { PromptUsage } from '../engine/prompt-usage.js';
import type { EmbeddingEncoding, EmbeddingVectors } from './embedding-encoding.js';

export interface EmbeddingResult<E extends EmbeddingEncoding = EmbeddingEncoding> {
  /** One per input, in its order. */
  readonly embeddings: readonly EmbeddingVectors[E][];
  readonly encoding: E;
  /** Values per embedding. */
  readonly dimensions: number;
  readonly model: string;
  readonly usage: PromptUsage;
}
