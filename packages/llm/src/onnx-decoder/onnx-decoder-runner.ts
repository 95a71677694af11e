import path from 'node:path';
import { OnnxRuntime, type PreparedRun, type Session, Tensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { cacheFailure, type KvArray, KvCache, type KvCacheShape } from '../engine/cache/kv-cache.js';
import type { DecodeRow, LogitPositions, ModelRunner } from '../engine/model-runner.js';
import { Pacer } from '../engine/pacer.js';
import { type DecoderLayout, decoderFiles, readLayout, stepInputs } from './layout.js';

export interface OnnxDecoderRunnerOptions {
  readonly threads: number;
  readonly slots: number;
  /** Tokens of a slot. */
  readonly capacity: number;
  readonly libraryPath?: string | undefined;
}

/** A run bound to certain rows of the cache, and the small tensors that change between two runs. */
interface BoundRun {
  readonly run: PreparedRun;
  readonly lastPositions: Tensor<'int32'>;
  readonly total: Tensor<'int32'>;
}

/** Tokens of some slots that follow one another, as many of each. */
interface Rows {
  readonly firstSlot: number;
  readonly tokens: readonly (readonly number[])[];
  readonly pasts: readonly number[];
  /** Of which of each row's tokens logits are wanted. */
  readonly wanted: readonly number[];
}

/** Runs a ready-made decoder that `importDecoder` rewrote. Rows share a run where that leaves each what it is alone. */
export class OnnxDecoderRunner implements ModelRunner {
  readonly vocabularySize: number;
  readonly cache: KvCache;
  /** By first slot and number of rows. */
  readonly #runs = new Map<string, BoundRun>();
  /** Whether several tokens may follow a past in one run. */
  #takesChunks = true;
  #sharesRuns: boolean;
  /** float32 [rows, vocabulary], grown to the most rows asked for, and views on them by shape. */
  #logits: Tensor<'float32'>;
  readonly #logitViews = new Map<string, Tensor<'float32'>>();

  /** @throws FerrumError `ResourceExhausted` when there is no memory for such a cache; `Backend` for a graph that does not open. */
  static async open(directory: string, options: OnnxDecoderRunnerOptions): Promise<OnnxDecoderRunner> {
    const layout = await readLayout(directory);
    const { threads, libraryPath } = options;
    const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
    const session = await runtime.openSession(path.join(directory, decoderFiles.graph), { intraOpThreads: threads });
    try {
      const runner = new OnnxDecoderRunner(session, layout, options);
      if (!layout.inPlace) await runner.#probe();
      return runner;
    } catch (cause) {
      await session.dispose();
      throw cacheFailure(cause, cacheShape(layout, options));
    }
  }

  private constructor(
    private readonly session: Session,
    private readonly layout: DecoderLayout,
    options: OnnxDecoderRunnerOptions,
  ) {
    const { vocabularySize } = layout;
    this.vocabularySize = vocabularySize;
    this.#sharesRuns = layout.rowsTogether;
    this.cache = new KvCache(cacheShape(layout, options));
    this.#logits = Tensor.allocate('float32', [1, vocabularySize]);
  }

  async decode(rows: readonly DecodeRow[]): Promise<Float32Array> {
    const tokens = rows.map(({ token }) => [token]);
    const pasts = rows.map(({ past }) => past);
    if (this.#sharesRuns) return this.#run({ firstSlot: 0, tokens, pasts, wanted: [0] });
    const logits = new Float32Array(rows.length * this.vocabularySize);
    for (const [slot, { token, past }] of rows.entries()) {
      const row = await this.#run({ firstSlot: slot, tokens: [[token]], pasts: [past], wanted: [0] });
      logits.set(row, slot * this.vocabularySize);
    }
    return logits;
  }

  extend(slot: number, tokens: readonly number[], past: number, positions: LogitPositions): Promise<Float32Array> {
    if (past > 0 && tokens.length > 1 && !this.#takesChunks) return this.#extendByOne(slot, tokens, past, positions);
    const wanted = positions === 'all' ? [...tokens.keys()] : [tokens.length - 1];
    return this.#run({ firstSlot: slot, tokens: [tokens], pasts: [past], wanted });
  }

  async dispose(): Promise<void> {
    try {
      await this.session.dispose();
    } finally {
      this.cache.dispose();
      this.#logits.dispose();
      for (const { lastPositions, total } of this.#runs.values()) {
        lastPositions.dispose();
        total.dispose();
      }
    }
  }

  async #extendByOne(
    slot: number,
    tokens: readonly number[],
    past: number,
    positions: LogitPositions,
  ): Promise<Float32Array> {
    const logits = new Float32Array((positions === 'all' ? tokens.length : 1) * this.vocabularySize);
    for (const [index, token] of tokens.entries()) {
      const row = await this.#run({ firstSlot: slot, tokens: [[token]], pasts: [past + index], wanted: [0] });
      logits.set(row, positions === 'all' ? index * this.vocabularySize : 0);
    }
    return logits;
  }

  /**
   * Finds out what a graph without GroupQueryAttention makes of several tokens after a past, and of rows whose pasts end
   * before a gap. Some exporters thought of whole prompts and single tokens alone (onnxruntime-genai's MultiHeadAttention
   * fails), others may count places where the mask should decide.
   */
  async #probe(): Promise<void> {
    const { capacity, slots } = this.cache.shape;
    if (capacity < 3) return;
    const [first, second, third] = [1, 2, 3].map((token) => token % this.vocabularySize) as [number, number, number];
    await this.extend(0, [first], 0, 'last');
    const afterTwo = Float32Array.from(await this.extend(0, [second], 1, 'last'));
    const afterThree = Float32Array.from(await this.extend(0, [third], 2, 'last'));
    this.#takesChunks = await this.#gives(afterThree, () => this.extend(0, [second, third], 1, 'last'));
    if (slots < 2 || !this.#sharesRuns) return;
    await this.extend(1, [first], 0, 'last');
    const rows = [
      { token: third, past: 2 },
      { token: second, past: 1 },
    ];
    const both = Float32Array.from([...afterThree, ...afterTwo]);
    this.#sharesRuns = await this.#gives(both, () => this.decode(rows));
  }

  async #gives(expected: Float32Array, compute: () => Promise<Float32Array>): Promise<boolean> {
    try {
      const logits = await compute();
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      return expected.every((value, index) => Math.abs(value - (logits[index] as number)) <= largest / 50);
    } catch (error) {
      // How ONNX Runtime calls shapes that do not fit one another, and what else fails in a run.
      if (FerrumError.isInstance(error) && (error.code === 'Backend' || error.code === 'InvalidParameter'))
        return false;
      throw error;
    }
  }

  async #run({ firstSlot, tokens, pasts, wanted }: Rows): Promise<Float32Array> {
    const rows = tokens.length;
    const count = tokens[0]?.length ?? 0;
    const total = Math.max(...pasts) + count;
    const { capacity } = this.cache.shape;
    if (total > capacity) {
      throw new FerrumError('Internal', `${total} tokens do not fit a slot of ${capacity}.`);
    }
    const ids = Tensor.from('int64', [rows, count], BigInt64Array.from(tokens.flat(), BigInt));
    const positions = Tensor.from(
      'int64',
      [rows, wanted.length],
      BigInt64Array.from(
        tokens.flatMap(() => wanted),
        BigInt,
      ),
    );
    const logits = this.#logitsOf(rows, wanted.length);
    const added = this.layout.inPlace ? [] : this.#allocateNew(rows, count);
    try {
      const bound = this.#bound(firstSlot, rows, { ids, positions, logits, added });
      for (const [row, past] of pasts.entries()) bound.lastPositions.data[row] = past + count - 1;
      bound.total.data[0] = total;
      await bound.run.run();
      await this.#keep(added, firstSlot, pasts, count);
      return logits.data;
    } finally {
      for (const tensor of [ids, positions, ...added]) tensor.dispose();
    }
  }

  #bound(
    firstSlot: number,
    rows: number,
    tensors: {
      readonly ids: Tensor;
      readonly positions: Tensor;
      readonly logits: Tensor;
      readonly added: readonly Tensor[];
    },
  ): BoundRun {
    const { ids, positions, logits, added } = tensors;
    const { past, present, logits: logitsName } = this.layout;
    const key = `${firstSlot}:${rows}`;
    const known = this.#runs.get(key);
    if (known) {
      known.run.set(stepInputs.ids, ids).set(stepInputs.wanted, positions).set(logitsName, logits);
      for (const [index, tensor] of added.entries()) known.run.set(present[index] as string, tensor);
      return known;
    }
    const lastPositions = Tensor.allocate('int32', [rows]);
    const total = Tensor.allocate('int32', []);
    const slots = Object.values(this.cache.views(firstSlot, rows).past);
    const named = (names: readonly string[], values: readonly Tensor[]): Record<string, Tensor> =>
      Object.fromEntries(names.map((name, index) => [name, values[index] as Tensor]));
    const run = this.session.prepare(
      {
        [stepInputs.ids]: ids,
        [stepInputs.lastPositions]: lastPositions,
        [stepInputs.total]: total,
        [stepInputs.wanted]: positions,
        ...named(past, slots),
      },
      { ...named(present, this.layout.inPlace ? slots : added), [logitsName]: logits },
    );
    const bound = { run, lastPositions, total };
    this.#runs.set(key, bound);
    return bound;
  }

  #logitsOf(rows: number, wanted: number): Tensor<'float32'> {
    const { vocabularySize } = this;
    if (rows * wanted * vocabularySize > this.#logits.size) {
      for (const view of this.#logitViews.values()) view.dispose();
      this.#logitViews.clear();
      this.#logits.dispose();
      this.#logits = Tensor.allocate('float32', [rows * wanted, vocabularySize]);
    }
    const key = `${rows}:${wanted}`;
    let view = this.#logitViews.get(key);
    if (!view) {
      view = this.#logits.view([rows, wanted, vocabularySize]);
      this.#logitViews.set(key, view);
    }
    return view;
  }

  #allocateNew(rows: number, count: number): readonly Tensor[] {
    const { kvHeads, headDim, cacheType, present } = this.layout;
    return present.map(() => Tensor.allocate(cacheType, [rows, kvHeads, count, headDim]));
  }

  /** Copies new keys and values, [rows, kvHeads, tokens, headDim], to where their rows end. */
  async #keep(added: readonly Tensor[], firstSlot: number, pasts: readonly number[], count: number): Promise<void> {
    const { kvHeads, headDim, capacity, slots } = this.cache.shape;
    const cache = Object.values(this.cache.views(0, slots).past);
    const pacer = new Pacer();
    const length = count * headDim;
    for (const [index, tensor] of added.entries()) {
      const from = tensor.data as KvArray;
      const to = cache[index]?.data as KvArray;
      for (const [row, past] of pasts.entries()) {
        for (let head = 0; head < kvHeads; head++) {
          const start = (row * kvHeads + head) * length;
          to.set(
            from.subarray(start, start + length),
            (((firstSlot + row) * kvHeads + head) * capacity + past) * headDim,
          );
        }
      }
      await pacer.spent(from.byteLength);
    }
  }
}

function cacheShape(
  { past, kvHeads, headDim, cacheType: type }: DecoderLayout,
  { slots, capacity }: OnnxDecoderRunnerOptions,
): KvCacheShape {
  return { layers: past.length / 2, kvHeads, headDim, slots, capacity, type };
}
