import type { CallOptions } from '../engine/call-options.js';
import type { InferenceEngine } from '../engine/inference-engine.js';
import type { EmbedInput } from './embed-input.js';
import type { EmbedOptions, EmbedTextOptions } from './embed-options.js';
import type { EmbeddingEncoding } from './embedding-encoding.js';
import type { EmbeddingResult } from './embedding-result.js';
import type { ImageInput } from './image-input.js';

export interface EmbedEngine extends InferenceEngine {
  /** What `promptName` may be; absent where the engine knows no prompts. */
  readonly promptNames?: readonly string[];
  /** Of shape `[embeddingDim()]`, pooled and normalised as the model's configuration says. */
  embedText(text: string, options?: EmbedTextOptions): Promise<Float32Array>;
  /** In the same space as the texts. @throws FerrumError `Unsupported` when the model only reads text. */
  embedImage(image: ImageInput, options?: CallOptions): Promise<Float32Array>;
  embeddingDim(): number;
  /**
   * Embeds many texts; the order is kept. An empty list gives an empty one.
   * @throws FerrumError `RequestValidation` for a text too long under `truncate: 'error'`, `InvalidParameter`, `Cancelled`.
   */
  embedTexts<E extends EmbeddingEncoding = 'float'>(
    texts: readonly EmbedInput[],
    options?: EmbedOptions<E>,
  ): Promise<EmbeddingResult<E>>;
}
