import { type PreparedRun, type Session, Tensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { type DecoderGraphs, openDecoderGraphs } from '../import/open-decoder-graphs.js';
import type { LoraBinding } from '../lora/lora-inputs.js';
import { disposeBinding, LoraRuntime } from '../lora/lora-runtime.js';
import { type ImageRows, imageInputs } from '../vision/image-inputs.js';
import { cacheFailure, KvCache, type KvCacheShape } from './cache/kv-cache.js';
import type { KvScales } from './cache/kv-scales.js';
import type { DecodeRow, ExtendPurpose, LogitPositions, ModelRunner, RunnerAdapter } from './model-runner.js';

export interface OnnxModelRunnerOptions {
  readonly threads: number;
  readonly slots: number;
  /** Tokens of a slot. */
  readonly capacity: number;
  /** How keys and values are stored: as they are, or in 8 bits in steps of these scales. Default: as they are. */
  readonly kvScales?: KvScales;
  readonly libraryPath?: string;
  readonly fastPrefill?: boolean;
}

/** A run bound to certain rows of the cache, and the small tensors that change between two runs. */
interface BoundRun {
  readonly run: PreparedRun;
  readonly ids: Tensor<'int64'>;
  readonly seqlensK: Tensor<'int32'>;
  readonly totalSequenceLength: Tensor<'int32'>;
  readonly positions: Tensor<'int64'>;
  /** Where the graph takes adapters. */
  readonly lora: LoraBinding | undefined;
}

/** Runs a decoder graph on ONNX Runtime. Runs follow one another; each is prepared once per rows and repeated. */
export class OnnxModelRunner implements ModelRunner {
  readonly vocabularySize: number;
  readonly cache: KvCache;
  readonly adapters: LoraRuntime;
  readonly #scales: Record<string, Tensor>;
  /** Of runs without images, where the graph takes some. */
  readonly #noImages: Record<string, Tensor>;
  /** By number of rows. */
  readonly #decodeRuns = new Map<number, BoundRun>();
  /** By slot: runs of a prompt's tokens, and of tokens that are computed as `decode` would. */
  readonly #promptRuns = new Map<number, BoundRun>();
  readonly #slotRuns = new Map<number, BoundRun>();
  /** float32 [rows, vocabulary], grown to the most rows asked for. */
  #logits: Tensor<'float32'>;
  /** Views on them by shape. */
  readonly #logitViews = new Map<string, Tensor<'float32'>>();

  static async open(
    directory: string,
    config: DecoderConfig,
    options: OnnxModelRunnerOptions,
  ): Promise<OnnxModelRunner> {
    const kvType = options.kvScales ? 'int8' : 'float32';
    const graphs = await openDecoderGraphs(directory, options, kvType);
    try {
      return new OnnxModelRunner(graphs, directory, config, options);
    } catch (cause) {
      await graphs.dispose();
      throw cacheFailure(cause, cacheShape(config, options));
    }
  }

  private constructor(
    private graphs: DecoderGraphs,
    directory: string,
    private readonly config: DecoderConfig,
    options: OnnxModelRunnerOptions,
  ) {
    const { kvScales } = options;
    const kvType = kvScales ? 'int8' : 'float32';
    this.vocabularySize = config.vocabularySize;
    this.cache = new KvCache(cacheShape(config, options));
    this.#noImages = imageInputs(config);
    this.#scales = kvScales ? scaleTensors(kvScales, config) : {};
    this.#logits = Tensor.allocate('float32', [1, config.vocabularySize]);
    this.adapters = new LoraRuntime({ directory, config, options, kvType, swap: (next) => this.#swap(next) });
  }

  async decode(rows: readonly DecodeRow[]): Promise<Float32Array> {
    const count = rows.length;
    let bound = this.#decodeRuns.get(count);
    if (!bound) {
      bound = this.#bind(this.graphs.decode, 0, count);
      this.#decodeRuns.set(count, bound);
    }
    const { run, ids, seqlensK, totalSequenceLength } = bound;
    let longest = 0;
    for (const [index, { token, past }] of rows.entries()) {
      this.#requireRoom(past + 1);
      ids.data[index] = BigInt(token);
      seqlensK.data[index] = past;
      longest = Math.max(longest, past + 1);
    }
    totalSequenceLength.data[0] = longest;
    this.adapters.bind(
      run,
      bound.lora,
      rows.map(({ adapter }) => adapter),
    );
    return this.#run(run, count, [count, 1]);
  }

  async extend(
    slot: number,
    tokens: readonly number[],
    past: number,
    positions: LogitPositions,
    purpose: ExtendPurpose = 'prompt',
    adapter?: RunnerAdapter,
    images?: ImageRows,
  ): Promise<Float32Array> {
    const length = past + tokens.length;
    this.#requireRoom(length);
    const isPrompt = purpose === 'prompt' && tokens.length > 1;
    const runs = isPrompt ? this.#promptRuns : this.#slotRuns;
    let bound = runs.get(slot);
    if (!bound) {
      bound = this.#bind(isPrompt ? this.graphs.prefill : this.graphs.decode, slot, 1);
      runs.set(slot, bound);
    }
    const wanted = positions === 'all' ? tokens.map((_, index) => index) : [tokens.length - 1];
    const ids = Tensor.from('int64', [1, tokens.length], BigInt64Array.from(tokens, BigInt));
    const rows = Tensor.from('int64', [1, wanted.length], BigInt64Array.from(wanted, BigInt));
    bound.seqlensK.data[0] = length - 1;
    bound.totalSequenceLength.data[0] = length;
    bound.run.set('input_ids', ids).set('logit_positions', rows);
    this.adapters.bind(bound.run, bound.lora, [adapter]);
    const imageTensors = images ? imageInputs(this.config, images) : {};
    setAll(bound.run, imageTensors);
    try {
      return await this.#run(bound.run, wanted.length, [1, wanted.length]);
    } finally {
      if (images) setAll(bound.run, this.#noImages);
      for (const tensor of Object.values(imageTensors)) tensor.dispose();
      ids.dispose();
      rows.dispose();
    }
  }

  async dispose(): Promise<void> {
    try {
      await this.graphs.dispose();
    } finally {
      this.cache.dispose();
      this.adapters.dispose();
      this.#logits.dispose();
      for (const tensor of [...Object.values(this.#scales), ...Object.values(this.#noImages)]) tensor.dispose();
      this.#disposeRuns();
    }
  }

  async #swap(graphs: DecoderGraphs): Promise<void> {
    const before = this.graphs;
    this.graphs = graphs;
    this.#disposeRuns();
    await before.dispose();
  }

  #disposeRuns(): void {
    for (const runs of [this.#decodeRuns, this.#promptRuns, this.#slotRuns]) {
      for (const { ids, seqlensK, totalSequenceLength, positions, lora } of runs.values()) {
        for (const tensor of [ids, seqlensK, totalSequenceLength, positions]) tensor.dispose();
        disposeBinding(lora);
      }
      runs.clear();
    }
  }

  #bind(session: Session, firstSlot: number, rows: number): BoundRun {
    const ids = Tensor.allocate('int64', [rows, 1]);
    const seqlensK = Tensor.allocate('int32', [rows]);
    const totalSequenceLength = Tensor.allocate('int32', []);
    const positions = Tensor.allocate('int64', [rows, 1]);
    const { past, present } = this.cache.views(firstSlot, rows);
    const isDecode = session === this.graphs.decode;
    const lora = this.adapters.initial(isDecode ? 'decode' : 'prefill', rows, isDecode);
    const inputs = {
      input_ids: ids,
      seqlens_k: seqlensK,
      total_sequence_length: totalSequenceLength,
      logit_positions: positions,
      ...past,
      ...this.#scales,
      ...this.#noImages,
      ...lora?.inputs,
    };
    const run = session.prepare(inputs, { ...present, logits: this.#logitsOf(rows, [rows, 1]) });
    return { run, ids, seqlensK, totalSequenceLength, positions, lora: lora?.binding };
  }

  async #run(run: PreparedRun, rows: number, dims: readonly [number, number]): Promise<Float32Array> {
    const logits = this.#logitsOf(rows, dims);
    run.set('logits', logits);
    await run.run();
    return logits.data;
  }

  #logitsOf(rows: number, dims: readonly [number, number]): Tensor<'float32'> {
    if (rows * this.vocabularySize > this.#logits.size) {
      for (const view of this.#logitViews.values()) view.dispose();
      this.#logitViews.clear();
      this.#logits = Tensor.allocate('float32', [rows, this.vocabularySize]);
    }
    const key = dims.join('x');
    let view = this.#logitViews.get(key);
    if (!view) {
      view = this.#logits.view([...dims, this.vocabularySize]);
      this.#logitViews.set(key, view);
    }
    return view;
  }

  #requireRoom(tokens: number): void {
    if (tokens <= this.cache.shape.capacity) return;
    throw new FerrumError('Internal', `${tokens} tokens do not fit a slot of ${this.cache.shape.capacity}.`);
  }
}

function setAll(run: PreparedRun, inputs: Readonly<Record<string, Tensor>>): void {
  for (const [name, tensor] of Object.entries(inputs)) run.set(name, tensor);
}

function scaleTensors(scales: KvScales, { layers, kvHeads, headDim }: DecoderConfig): Record<string, Tensor> {
  const size = kvHeads * headDim;
  const tensor = (index: number) =>
    Tensor.from('float32', [1, kvHeads, 1, headDim], scales.slice(index * size, (index + 1) * size));
  return Object.fromEntries(
    Array.from({ length: 2 * layers }, (_, index) => [
      `${index % 2 === 0 ? 'key' : 'value'}_scale.${index >> 1}`,
      tensor(index),
    ]),
  );
}

function cacheShape(
  { layers, kvHeads, headDim }: DecoderConfig,
  { slots, capacity, kvScales }: OnnxModelRunnerOptions,
): KvCacheShape {
  return { layers, kvHeads, headDim, slots, capacity, type: kvScales ? 'int8' : 'float32' };
}
