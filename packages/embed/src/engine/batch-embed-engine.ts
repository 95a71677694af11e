import type {
  CallOptions,
  EmbeddingEncoding,
  EmbeddingResult,
  EmbeddingVectors,
  EmbedEngine,
  EmbedInput,
  EmbedOptions,
  EmbedTextOptions,
  ImageInput,
} from '@ferrum/interfaces';
import { TurnTaker, WorkLimit } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { BatchRunner } from '../batching/batch-queue.js';
import type { ImageTextLikeness } from '../classify-image.js';
import { prepareText, type TextReader } from '../text/prepare-text.js';
import { BatchEngine } from './batch-engine.js';
import { checkCallOptions, checkEmbedCall, checkEmbedTextCall, type EmbedCall } from './embed-call.js';
import type { EngineParts } from './engine-core.js';
import { finishVector } from './finish-vector.js';
import { requireNumbers } from './require-numbers.js';
import type { TextInput } from './text-tensors.js';

export interface BatchEmbedEngineParts extends EngineParts {
  readonly texts: TextReader & { readonly runner: BatchRunner<TextInput> };
  readonly images?: ImageTower;
  readonly dimensions: number;
  readonly likeness?: ImageTextLikeness;
}

export interface ImageTower {
  readonly runner: BatchRunner<Float32Array>;
  /** Pixels as the model wants them. */
  readonly read: (image: ImageInput, signal: AbortSignal | undefined) => Promise<Float32Array>;
  /** That the layers see of an image. */
  readonly tokens: number;
}

/** Embeds texts and images; what different callers hand over at the same time is computed together. */
export class BatchEmbedEngine extends BatchEngine implements EmbedEngine {
  /** How cosines of images and texts become probabilities; absent where the model reads only text. */
  readonly likeness?: ImageTextLikeness;
  /** Two runs' worth of images are read ahead: pixels take much more memory than tokens. */
  readonly #imagePlaces: WorkLimit;

  constructor(private readonly parts: BatchEmbedEngineParts) {
    super(parts);
    const ofRun = Math.floor(parts.options.maxBatchTokens / (parts.images?.tokens ?? 1));
    this.#imagePlaces = new WorkLimit(Math.max(4, 2 * ofRun));
    if (parts.likeness) this.likeness = parts.likeness;
  }

  /** Prompt names that `embedTexts` knows. */
  get promptNames(): readonly string[] {
    return Object.keys(this.parts.texts.settings.prompts);
  }

  async embedText(text: string, options: EmbedTextOptions = {}): Promise<Float32Array> {
    const call = checkEmbedTextCall(options, this.parts.texts.settings, this.parts.dimensions);
    const { embeddings } = await this.#embed([text], call, 'text');
    return embeddings[0] as Float32Array;
  }

  async embedTexts<E extends EmbeddingEncoding = 'float'>(
    texts: readonly EmbedInput[],
    options: EmbedOptions<E> = {},
  ): Promise<EmbeddingResult<E>> {
    if (!Array.isArray(texts)) {
      throw new FerrumError('RequestValidation', 'texts must be a list; use embedText for a single text.', {
        details: { input: 'texts' },
      });
    }
    const { settings } = this.parts.texts;
    // A copy: the list is read while the call goes on.
    return this.#embed([...texts], checkEmbedCall(options, settings, this.parts.dimensions), undefined);
  }

  async embedImage(image: ImageInput, options: CallOptions = {}): Promise<Float32Array> {
    const signal = checkCallOptions(options);
    const { images } = this.parts;
    this.core.requireOpen();
    if (!images) {
      throw new FerrumError(
        'Unsupported',
        `${this.modelId} reads only text; open a model of texts and images, such as CLIP, to embed an image.`,
      );
    }
    const what = 'Embedding an image';
    return this.#imagePlaces.run(() => this.#embedPixels(images, image, signal, what), signal, what);
  }

  embeddingDim(): number {
    return this.parts.dimensions;
  }

  async #embedPixels(
    { runner, tokens: length, read }: ImageTower,
    image: ImageInput,
    signal: AbortSignal | undefined,
    what: string,
  ): Promise<Float32Array> {
    let pixels: Float32Array | undefined;
    const { vectors } = await this.core.compute({
      count: 1,
      ready: async () => {
        pixels = await read(image, signal);
      },
      prepare: () => ({ runner, input: pixels, length, tokens: 0 }),
      signal,
      what,
    });
    const vector = requireNumbers(vectors[0] as Float32Array, 'the image');
    return finishVector(vector, { normalizes: true, encoding: 'float' });
  }

  /** @param name of the only text, for errors; absent: texts are named by their index */
  async #embed<E extends EmbeddingEncoding>(
    inputs: readonly EmbedInput[],
    { preparation, finish, signal, onProgress }: EmbedCall<E>,
    name: string | undefined,
  ): Promise<EmbeddingResult<E>> {
    const { texts } = this.parts;
    const what = 'Embedding texts';
    const total = inputs.length;
    const nameOf = (index: number) => name ?? `texts[${index}]`;
    const { vectors, tokens } = await this.core.compute({
      count: total,
      prepare: (index) => {
        const { input, tokens } = prepareText(texts, inputs[index] as EmbedInput, preparation, nameOf(index));
        return { runner: texts.runner, input, length: input.ids.length, tokens };
      },
      signal,
      what,
      onProgress: onProgress && ((completed) => onProgress({ completed, total })),
    });
    const turns = new TurnTaker({ signal, what });
    const embeddings: EmbeddingVectors[E][] = [];
    for (const [index, vector] of vectors.entries()) {
      embeddings.push(finishVector(requireNumbers(vector, nameOf(index)), finish));
      await turns.next();
    }
    return {
      embeddings,
      encoding: finish.encoding,
      dimensions: finish.dimensions ?? this.parts.dimensions,
      model: this.modelId,
      usage: { promptTokens: tokens },
    };
  }
}
