import { type PreparedRun, Tensor } from '@ferrum/onnx';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { type DecoderGraphs, openDecoderGraphs } from '../import/open-decoder-graphs.js';
import { imageInputs } from '../vision/image-inputs.js';

export interface DecoderSessionOptions {
  readonly threads: number;
  /** Capacity of the cache, in tokens. */
  readonly contextLength: number;
  readonly libraryPath?: string;
  readonly fastPrefill?: boolean;
  /** Prompt tokens computed in one run: bounds what a run holds in memory and how long it lasts. Default 256. */
  readonly prefillChunk?: number;
}

/** What an engine of one sequence asks of a session. */
export type TokenSession = Pick<DecoderSession, 'cacheBytes' | 'extend' | 'logitsOfEach' | 'dispose'>;

/** Longer chunks are not faster: their activations leave the processor's caches. */
const defaultPrefillChunk = 256;

/**
 * One sequence on the decoder's graphs. Keys and values of its tokens lie in memory of ours, [1, kvHeads, capacity, headDim]
 * per layer and side, which each run extends in place; the operating system commits it page by page as it is written.
 */
export class DecoderSession {
  readonly #cache: Record<string, Tensor>;
  readonly #past: Record<string, Tensor>;
  readonly #ids = Tensor.allocate('int64', [1, 1]);
  readonly #seqlensK = Tensor.allocate('int32', [1]);
  readonly #totalSequenceLength = Tensor.allocate('int32', []);
  readonly #position = Tensor.allocate('int64', [1, 1]);
  readonly #images: Record<string, Tensor>;
  readonly #logits: Tensor<'float32'>;
  readonly #step: PreparedRun;

  static async open(directory: string, config: DecoderConfig, options: DecoderSessionOptions): Promise<DecoderSession> {
    const graphs = await openDecoderGraphs(directory, options);
    try {
      return new DecoderSession(graphs, config, options);
    } catch (cause) {
      await graphs.dispose();
      if (!FerrumError.isInstance(cause) || cause.code !== 'ResourceExhausted') throw cause;
      const bytes = cacheBytes(config, options.contextLength);
      throw new FerrumError(
        'ResourceExhausted',
        `There is no memory for a cache of ${options.contextLength} tokens (${bytes} bytes); open the model with a smaller contextLength.`,
        { cause, details: { parameter: 'contextLength', bytes } },
      );
    }
  }

  private constructor(
    private readonly graphs: DecoderGraphs,
    private readonly config: DecoderConfig,
    private readonly options: DecoderSessionOptions,
  ) {
    const { layers, kvHeads, headDim, vocabularySize } = config;
    const present: Record<string, Tensor> = {};
    const past: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      for (const side of ['key', 'value']) {
        const tensor = Tensor.allocate('float32', [1, kvHeads, options.contextLength, headDim]);
        past[`past_key_values.${layer}.${side}`] = tensor;
        present[`present.${layer}.${side}`] = tensor;
      }
    }
    this.#past = past;
    this.#images = imageInputs(config);
    this.#cache = present;
    this.#logits = Tensor.allocate('float32', [1, 1, vocabularySize]);
    this.#step = graphs.decode.prepare(this.#inputs(this.#ids, this.#position), { ...present, logits: this.#logits });
  }

  /** Bytes that the cache holds for this many tokens. */
  cacheBytes(tokens: number): number {
    return cacheBytes(this.config, tokens);
  }

  /**
   * Computes tokens that follow `past` tokens of the sequence, whatever was computed after them before.
   * @returns logits float32 [vocabulary] that follow the last one; valid until the next call.
   * @throws FerrumError `Cancelled`, or `Backend` when ONNX Runtime fails.
   */
  async extend(tokens: readonly number[], past: number, signal: AbortSignal): Promise<Float32Array> {
    if (tokens.length === 1) return this.#decode(tokens[0] as number, past, signal);
    const { prefillChunk = defaultPrefillChunk } = this.options;
    for (const [start, end] of chunksOf(tokens.length, prefillChunk)) {
      const chunk = tokens.slice(start, end);
      await this.#run(chunk, past + start, [chunk.length - 1], this.#logits, signal);
    }
    return this.#logits.data;
  }

  /** Logits float32 [tokens.length, vocabulary] after every token of a sequence that starts anew, in chunks of rows. */
  async *logitsOfEach(tokens: readonly number[], signal: AbortSignal): AsyncGenerator<Float32Array> {
    // All rows of a vocabulary are large: a smaller chunk keeps them to a few megabytes.
    const rows = 32;
    for (const [start, end] of chunksOf(tokens.length, rows)) {
      const chunk = tokens.slice(start, end);
      const logits = Tensor.allocate('float32', [1, chunk.length, this.config.vocabularySize]);
      try {
        await this.#run(chunk, start, [...chunk.keys()], logits, signal);
        yield logits.data;
      } finally {
        logits.dispose();
      }
    }
  }

  async dispose(): Promise<void> {
    const own = [
      ...Object.values(this.#images),
      this.#ids,
      this.#seqlensK,
      this.#totalSequenceLength,
      this.#position,
      this.#logits,
    ];
    try {
      await this.graphs.dispose();
    } finally {
      for (const tensor of [...Object.values(this.#cache), ...own]) tensor.dispose();
    }
  }

  async #decode(token: number, past: number, signal: AbortSignal): Promise<Float32Array> {
    this.#ids.data[0] = BigInt(token);
    this.#setLength(past + 1);
    throwIfAborted(signal, 'The generation');
    await this.#step.run({ signal });
    return this.#logits.data;
  }

  async #run(
    tokens: readonly number[],
    past: number,
    positions: readonly number[],
    logits: Tensor<'float32'>,
    signal: AbortSignal,
  ): Promise<void> {
    throwIfAborted(signal, 'The generation');
    const ids = Tensor.from('int64', [1, tokens.length], BigInt64Array.from(tokens, BigInt));
    const wanted = Tensor.from('int64', [1, positions.length], BigInt64Array.from(positions, BigInt));
    try {
      this.#setLength(past + tokens.length);
      await this.graphs.prefill.run(this.#inputs(ids, wanted), { ...this.#cache, logits }, { signal });
    } finally {
      ids.dispose();
      wanted.dispose();
    }
  }

  #inputs(ids: Tensor, positions: Tensor): Record<string, Tensor> {
    return {
      input_ids: ids,
      seqlens_k: this.#seqlensK,
      total_sequence_length: this.#totalSequenceLength,
      logit_positions: positions,
      ...this.#past,
      ...this.#images,
    };
  }

  #setLength(tokens: number): void {
    const { contextLength } = this.options;
    if (tokens > contextLength) {
      throw new FerrumError('Internal', `${tokens} tokens do not fit the cache of ${contextLength}.`);
    }
    this.#seqlensK.data[0] = tokens - 1;
    this.#totalSequenceLength.data[0] = tokens;
  }
}

/** Where chunks begin and end. None has one token, which the attention kernel would round otherwise than several. */
function* chunksOf(length: number, size: number): Iterable<readonly [start: number, end: number]> {
  for (let start = 0; start < length; ) {
    const left = length - start;
    const end = start + (left - size === 1 && size > 2 ? size - 1 : Math.min(left, size));
    yield [start, end];
    start = end;
  }
}

/** Keys and values, float32. */
function cacheBytes({ layers, kvHeads, headDim }: DecoderConfig, tokens: number): number {
  return 2 * layers * kvHeads * headDim * 4 * tokens;
}
