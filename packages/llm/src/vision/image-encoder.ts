import { createHash } from 'node:crypto';
import path from 'node:path';
import { decodeImage } from '@ferrum/images';
import type { ImagePart } from '@ferrum/interfaces';
import { OnnxRuntime, type Session, Tensor } from '@ferrum/onnx';
import { TurnTaker, WorkLimit } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { cutFrames } from './cut-frames.js';
import { framesOf, planFrames, type TileGrid } from './frame-plan.js';
import type { FrameSettings } from './frame-settings.js';
import { visionGraphFile } from './import-vision.js';
import { tokensOfFrame, type VisionConfig } from './vision-config.js';
import { featuresOutput, pixelsInput } from './vision-graph.js';

/** An image as a decoder takes it. */
export interface EncodedImage extends TileGrid {
  /** Tells it, and how it was cut, from all other images. */
  readonly digest: string;
  /** float32 [frames × tokens, the decoder's hidden size]. */
  readonly embeddings: Float32Array<ArrayBuffer>;
}

export interface ImageEncoderOptions {
  readonly threads: number;
  readonly libraryPath?: string | undefined;
  /** Limits on an image file: its bytes, and width × height. */
  readonly maxImageBytes: number;
  readonly maxImagePixels: number;
}

/** What is kept of images seen lately: those of a conversation come with each of its turns. */
const cacheBytes = 64 * 1024 * 1024;
const what = 'Reading the image';

/** Makes embeddings of images. Its graph is opened with the first one. */
export class ImageEncoder {
  /** By digest, least recently used first. */
  readonly #cache = new Map<string, EncodedImage>();
  #cachedBytes = 0;
  /** One decoded picture is in memory at a time, and one frame in the graph. */
  readonly #limit = new WorkLimit(1);
  #session: Promise<Session> | undefined;

  constructor(
    private readonly directory: string,
    private readonly config: VisionConfig,
    /** The decoder's. */
    readonly hiddenSize: number,
    private readonly settings: FrameSettings,
    private readonly options: ImageEncoderOptions,
  ) {}

  get tokensOfFrame(): number {
    return tokensOfFrame(this.config);
  }

  get imageToken(): number {
    return this.config.imageToken;
  }

  /**
   * Decoding, resizing and encoding leave the event loop free.
   * @throws FerrumError `Unsupported` for a format that isn't read, `InvalidFormat` for a damaged file, `RequestValidation` for
   * one that is too large, `Backend`, `Cancelled`.
   */
  async encode(part: ImagePart, signal?: AbortSignal): Promise<EncodedImage> {
    const { image } = part;
    const { maxImageBytes } = this.options;
    if (image.byteLength > maxImageBytes) {
      throw new FerrumError(
        'RequestValidation',
        `The image has ${image.byteLength} bytes, more than the ${maxImageBytes} of the option maxImageBytes.`,
        { details: { bytes: image.byteLength, limit: maxImageBytes } },
      );
    }
    const splits = this.#splits(part);
    const digest = createHash('sha256')
      .update(splits ? 'tiles' : 'whole')
      .update(image)
      .digest('base64');
    return this.#limit.run(
      async () => {
        const encoded = this.#take(digest) ?? (await this.#encode(image, splits, digest, signal));
        this.#keep(encoded);
        return encoded;
      },
      signal,
      what,
    );
  }

  async dispose(): Promise<void> {
    this.#cache.clear();
    // What runs is over before the session goes.
    await this.#limit.run(async () => (await this.#session)?.dispose(), undefined, what);
  }

  #splits({ detail = 'auto' }: ImagePart): boolean {
    return detail === 'auto' ? this.settings.splits : detail === 'high';
  }

  async #encode(
    image: Uint8Array,
    splits: boolean,
    digest: string,
    signal: AbortSignal | undefined,
  ): Promise<EncodedImage> {
    const { config, settings } = this;
    const { imageSize: side } = config;
    const turns = new TurnTaker({ stretchMs: 2, signal, what });
    const { maxImagePixels: maxPixels } = this.options;
    const picture = await decodeImage(image, { maxPixels, alpha: 'white', signal }, turns);
    const plan = planFrames(picture, settings.longestEdge, side, splits);
    const session = await this.#open();
    const frames = framesOf(plan);
    let embeddings: Float32Array<ArrayBuffer> | undefined;
    let at = 0;
    for await (const pixels of cutFrames(picture, plan, side, settings, turns)) {
      const input = Tensor.from('float32', [1, 3, side, side], pixels);
      try {
        const results = await session.run({ [pixelsInput]: input }, [featuresOutput], signal ? { signal } : {});
        const features = results[featuresOutput] as Tensor<'float32'>;
        embeddings ??= new Float32Array(frames * features.size);
        embeddings.set(features.data, at);
        at += features.size;
        features.dispose();
      } finally {
        input.dispose();
      }
    }
    const { rows, columns } = plan;
    const encoded = { digest, rows, columns, embeddings: embeddings ?? new Float32Array(0) };
    requireNumbers(encoded.embeddings);
    return encoded;
  }

  #open(): Promise<Session> {
    const { libraryPath, threads } = this.options;
    this.#session ??= OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath })
      .openSession(path.join(this.directory, visionGraphFile), { intraOpThreads: threads })
      .catch((cause: unknown) => {
        // The next image may try again.
        this.#session = undefined;
        throw cause;
      });
    return this.#session;
  }

  #take(digest: string): EncodedImage | undefined {
    const known = this.#cache.get(digest);
    if (known) {
      this.#cache.delete(digest);
      this.#cachedBytes -= known.embeddings.byteLength;
    }
    return known;
  }

  #keep(encoded: EncodedImage): void {
    this.#cache.set(encoded.digest, encoded);
    this.#cachedBytes += encoded.embeddings.byteLength;
    for (const [digest, { embeddings }] of this.#cache) {
      if (this.#cachedBytes <= cacheBytes) return;
      this.#cache.delete(digest);
      this.#cachedBytes -= embeddings.byteLength;
    }
  }
}

/** Weights that are no numbers would spoil every token after the image. */
function requireNumbers(values: Float32Array): void {
  if (values.every(Number.isFinite)) return;
  throw new FerrumError('Backend', 'The image encoder gave values that are no numbers; its weights are damaged.');
}
