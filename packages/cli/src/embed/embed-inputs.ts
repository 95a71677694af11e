import type { EmbedEngine, EmbedOptions, WorkProgressListener } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { EmbedProgress } from '../output/progress-line.js';
import type { Embedded, EmbeddingSummary } from './embedded.js';
import { inWordsOfTheInput } from './embedding-errors.js';

export interface EmbedInputs {
  /** Texts, in pieces that are each embedded in one call. */
  readonly windows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>;
  /** Paths and data URLs, after the texts. */
  readonly images: readonly EmbedImageInput[];
}

export interface EmbedImageInput {
  /** As it stands on the command line. */
  readonly name: string;
  /** An absolute path or a data URL. */
  readonly location: string;
}

export interface EmbedListeners {
  readonly onEmbedded: (embedded: readonly Embedded[]) => Promise<void>;
  readonly onProgress: (progress: Pick<EmbedProgress, 'unit' | 'completed' | 'total'>) => void;
}

/** Images that are embedded at a time: enough for a batch, few enough for their pixels. */
const imageWindow = 8;

/** Embeds everything in its order; `onEmbedded` is awaited, so that results never pile up. */
export async function embedInputs(
  engine: EmbedEngine,
  { windows, images }: EmbedInputs,
  options: EmbedOptions,
  { onEmbedded, onProgress }: EmbedListeners,
): Promise<EmbeddingSummary & { readonly texts: number }> {
  let dimensions = options.dimensions ?? engine.embeddingDim();
  let promptTokens = 0;
  let texts = 0;
  for await (const window of windows) {
    const firstIndex = texts;
    const countProgress: WorkProgressListener = ({ completed }) =>
      onProgress({ unit: 'texts', completed: firstIndex + completed });
    const result = await engine
      .embedTexts(window, { ...options, onProgress: countProgress })
      .catch((error: unknown) => {
        throw inWordsOfTheInput(error, firstIndex);
      });
    ({ dimensions } = result);
    promptTokens += result.usage.promptTokens;
    texts += window.length;
    onProgress({ unit: 'texts', completed: texts });
    await onEmbedded(
      result.embeddings.map((embedding, index) => ({ source: { text: window[index] ?? '' }, embedding })),
    );
  }
  for (let first = 0; first < images.length; first += imageWindow) {
    const window = images.slice(first, first + imageWindow);
    const embedded = await Promise.all(
      window.map(async ({ name, location }): Promise<Embedded> => {
        const embedding = await engine.embedImage(location, { signal: options.signal }).catch((error: unknown) => {
          throw ofImage(name, error);
        });
        return { source: { image: name }, embedding };
      }),
    );
    onProgress({ unit: 'images', completed: first + window.length, total: images.length });
    await onEmbedded(embedded);
  }
  return { model: engine.modelId, dimensions, promptTokens, texts };
}

/** Says which of several images an error is about. */
function ofImage(name: string, error: unknown): unknown {
  if (!FerrumError.isInstance(error) || error.message.includes(name)) return error;
  return new FerrumError(error.code, `--image ${name}: ${error.message}`, { cause: error, details: error.details });
}
