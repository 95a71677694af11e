import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { OnnxRuntime, type PreparedRun, type Session, Tensor } from '@ferrum/onnx';
import { decoderNames as names, orderedAlignmentHeads } from '../architecture/decoder-graph.js';
import { encoderNames } from '../architecture/encoder-graph.js';
import { type AlignmentHead, type WhisperConfig, windowFrames } from '../architecture/whisper-config.js';
import { decoderFile, encoderFile } from '../import/import-job.js';
import type { AlignmentOutput, DecoderOutput, PromptRun, StepRow, WhisperRunner } from './whisper-runner.js';

export interface RunnerOptions {
  readonly threads: number;
  readonly maxWindows: number;
  readonly maxRows: number;
  readonly libraryPath?: string | undefined;
}

/** Runs kept ready, one for each shape met: a batch's shape seldom changes from step to step. */
const preparedRuns = 16;

type Memory = Tensor<'float32'>;

/** Runs the model's two graphs. The memory of windows and rows is committed by the operating system as it is first written. */
export class OnnxWhisperRunner implements WhisperRunner {
  readonly maxWindows: number;
  readonly maxRows: number;
  readonly #headDim: number;
  readonly #heads: readonly AlignmentHead[];
  readonly #mel: Memory;
  /** For each layer, [windows, heads, audioPositions, headDim] and [windows, heads, headDim, audioPositions]. */
  readonly #cross: readonly { readonly key: Memory; readonly value: Memory }[];
  /** For each layer, [rows, heads, maxTokens, headDim]. */
  readonly #self: readonly { readonly key: Memory; readonly value: Memory }[];
  readonly #logits: Memory;
  readonly #logSums: Memory;
  readonly #encodes = new Map<number, PreparedRun>();
  readonly #steps = new Map<string, StepRun>();

  static async open(directory: string, config: WhisperConfig, options: RunnerOptions): Promise<OnnxWhisperRunner> {
    const { libraryPath, threads } = options;
    const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
    const settings = {
      intraOpThreads: threads,
      // The operator that this makes is slower than what it is made of.
      config: { 'optimization.disable_specified_optimizers': 'SkipLayerNormFusion' },
    };
    const encoder = await runtime.openSession(path.join(directory, encoderFile), settings);
    let decoder: Session | undefined;
    try {
      decoder = await runtime.openSession(path.join(directory, decoderFile), settings);
      return new OnnxWhisperRunner(encoder, decoder, config, options);
    } catch (error) {
      await Promise.all([encoder.dispose(), decoder?.dispose()]);
      throw error;
    }
  }

  private constructor(
    private readonly encoder: Session,
    private readonly decoder: Session,
    readonly config: WhisperConfig,
    { maxWindows, maxRows }: RunnerOptions,
  ) {
    const { hiddenSize, decoderHeads: heads, decoderLayers, audioPositions, maxTokens, vocabularySize } = config;
    this.maxWindows = maxWindows;
    this.maxRows = maxRows;
    const headDim = hiddenSize / heads;
    this.#headDim = headDim;
    this.#heads = orderedAlignmentHeads(config);
    this.#mel = Tensor.allocate('float32', [1, config.melBins, windowFrames(config)]);
    const layers = Array.from({ length: decoderLayers });
    this.#cross = layers.map(() => ({
      key: Tensor.allocate('float32', [maxWindows, heads, audioPositions, headDim]),
      value: Tensor.allocate('float32', [maxWindows, heads, headDim, audioPositions]),
    }));
    this.#self = layers.map(() => ({
      key: Tensor.allocate('float32', [maxRows + 1, heads, maxTokens, headDim]),
      value: Tensor.allocate('float32', [maxRows + 1, heads, maxTokens, headDim]),
    }));
    const most = Math.max(maxRows, maxTokens);
    this.#logits = Tensor.allocate('float32', [most, vocabularySize]);
    this.#logSums = Tensor.allocate('float32', [most]);
  }

  async encode(mel: Float32Array, window: number): Promise<void> {
    this.#mel.data.set(mel);
    let run = this.#encodes.get(window);
    if (!run) {
      const outputs = this.#crossViews(window, 1);
      run = this.encoder.prepare({ [encoderNames.mel]: this.#mel }, outputs);
      this.#encodes.set(window, run);
    }
    await run.run();
  }

  async prompt(run: PromptRun): Promise<DecoderOutput> {
    const { inputs, outputs } = this.#promptParts(run);
    await this.decoder.run(inputs, outputs);
    return this.#output(run.wanted.length);
  }

  async align(run: PromptRun): Promise<AlignmentOutput & DecoderOutput> {
    const { inputs, outputs } = this.#promptParts(run);
    const shape = [1, this.#heads.length, run.tokens.length, this.config.audioPositions];
    const probabilities = Tensor.allocate('float32', shape);
    await this.decoder.run(inputs, { ...outputs, [names.alignment]: probabilities });
    return { ...this.#output(run.wanted.length), probabilities: probabilities.data, heads: this.#heads };
  }

  async step(rows: readonly StepRow[]): Promise<DecoderOutput> {
    const plan = planWindows(rows);
    const key = `${rows.length} ${plan.first} ${plan.windows} ${plan.group}`;
    let run = this.#steps.get(key);
    this.#steps.delete(key);
    run ??= this.#prepareStep(rows.length, plan);
    this.#steps.set(key, run);
    for (const oldest of this.#steps.keys()) {
      if (this.#steps.size <= preparedRuns) break;
      this.#steps.delete(oldest);
    }
    run.fill(rows, plan);
    await run.prepared.run();
    return this.#output(rows.length);
  }

  copyRow(from: number, to: number, start: number, end: number): void {
    const { decoderHeads: heads, maxTokens } = this.config;
    for (const { key, value } of this.#self) {
      for (const { data } of [key, value]) {
        for (let head = 0; head < heads; head++) {
          const source = ((from * heads + head) * maxTokens + start) * this.#headDim;
          const target = ((to * heads + head) * maxTokens + start) * this.#headDim;
          data.copyWithin(target, source, source + (end - start) * this.#headDim);
        }
      }
    }
  }

  async copyWindow(from: number, to: number): Promise<void> {
    for (const { key, value } of this.#cross) {
      for (const { data } of [key, value]) {
        const size = data.length / this.maxWindows;
        data.copyWithin(to * size, from * size, (from + 1) * size);
        await setImmediate();
      }
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([this.encoder.dispose(), this.decoder.dispose()]);
  }

  #promptParts({ row, window, tokens, wanted }: PromptRun) {
    const count = tokens.length;
    const all = int64s([count], (i) => i);
    return {
      inputs: {
        [names.tokens]: int64s([1, count], (i) => tokens[i] as number),
        [names.positions]: int64s([1, count], (i) => i),
        [names.lengths]: Tensor.from('int32', [1], Int32Array.of(count - 1)),
        [names.totalLength]: Tensor.from('int32', [], Int32Array.of(count)),
        [names.rowsOfWindow]: int64s([1, count], (i) => i),
        [names.placeOfRow]: all,
        [names.wantedRows]: int64s([wanted.length], (i) => wanted[i] as number),
        ...this.#selfViews(names.selfKey, names.selfValue, row, 1),
        ...this.#crossViews(window, 1),
      },
      outputs: {
        ...this.#selfViews(names.presentKey, names.presentValue, row, 1),
        ...this.#outputTensors(wanted.length),
      },
    };
  }

  #prepareStep(rows: number, { first, windows, group }: WindowPlan): StepRun {
    const tokens = Tensor.allocate('int64', [rows, 1]);
    const positions = Tensor.allocate('int64', [rows, 1]);
    const lengths = Tensor.allocate('int32', [rows]);
    const totalLength = Tensor.allocate('int32', []);
    const rowsOfWindow = Tensor.allocate('int64', [windows, group]);
    const placeOfRow = Tensor.allocate('int64', [rows]);
    const prepared = this.decoder.prepare(
      {
        [names.tokens]: tokens,
        [names.positions]: positions,
        [names.lengths]: lengths,
        [names.totalLength]: totalLength,
        [names.rowsOfWindow]: rowsOfWindow,
        [names.placeOfRow]: placeOfRow,
        [names.wantedRows]: int64s([rows], (i) => i),
        ...this.#selfViews(names.selfKey, names.selfValue, 0, rows),
        ...this.#crossViews(first, windows),
      },
      { ...this.#selfViews(names.presentKey, names.presentValue, 0, rows), ...this.#outputTensors(rows) },
    );
    const fill = (given: readonly StepRow[], plan: WindowPlan) => {
      let longest = 0;
      for (const [index, { token, position }] of given.entries()) {
        tokens.data[index] = BigInt(token);
        positions.data[index] = BigInt(position);
        lengths.data[index] = position;
        longest = Math.max(longest, position + 1);
        placeOfRow.data[index] = BigInt(plan.placeOfRow[index] as number);
      }
      totalLength.data[0] = longest;
      for (let i = 0; i < plan.rowsOfWindow.length; i++) rowsOfWindow.data[i] = BigInt(plan.rowsOfWindow[i] as number);
    };
    return { prepared, fill };
  }

  #output(rows: number): DecoderOutput {
    const { vocabularySize } = this.config;
    return {
      logits: this.#logits.data.subarray(0, rows * vocabularySize),
      textLogSums: this.#logSums.data.subarray(0, rows),
    };
  }

  #outputTensors(rows: number): Record<string, Tensor> {
    return {
      [names.logits]: this.#logits.view([rows, this.config.vocabularySize]),
      [names.textLogSum]: this.#logSums.view([rows, 1]),
    };
  }

  #selfViews(
    keyName: (layer: number) => string,
    valueName: (layer: number) => string,
    first: number,
    rows: number,
  ): Record<string, Tensor> {
    return views(this.#self, keyName, valueName, first, rows);
  }

  #crossViews(first: number, windows: number): Record<string, Tensor> {
    return views(this.#cross, names.crossKey, names.crossValue, first, windows);
  }
}

interface StepRun {
  readonly prepared: PreparedRun;
  readonly fill: (rows: readonly StepRow[], plan: WindowPlan) => void;
}

/** The windows that a step reads, one beside the other, and which rows listen to each. */
interface WindowPlan {
  readonly first: number;
  readonly windows: number;
  /** Rows of the window that has most. */
  readonly group: number;
  readonly rowsOfWindow: Int32Array;
  readonly placeOfRow: Int32Array;
}

function planWindows(rows: readonly StepRow[]): WindowPlan {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  const counts = new Map<number, number>();
  for (const { window } of rows) {
    first = Math.min(first, window);
    last = Math.max(last, window);
    counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  const group = Math.max(...counts.values());
  const windows = last - first + 1;
  const rowsOfWindow = new Int32Array(windows * group);
  const placeOfRow = new Int32Array(rows.length);
  const filled = new Int32Array(windows);
  for (const [row, { window }] of rows.entries()) {
    const at = window - first;
    const place = at * group + (filled[at] as number);
    filled[at] = (filled[at] as number) + 1;
    rowsOfWindow[place] = row;
    placeOfRow[row] = place;
  }
  return { first, windows, group, rowsOfWindow, placeOfRow };
}

function views(
  layers: readonly { readonly key: Memory; readonly value: Memory }[],
  keyName: (layer: number) => string,
  valueName: (layer: number) => string,
  first: number,
  count: number,
): Record<string, Tensor> {
  const view = (memory: Memory) => {
    const [, ...inner] = memory.dims;
    return memory.view([count, ...inner], (first * memory.size) / (memory.dims[0] as number));
  };
  return Object.fromEntries(
    layers.flatMap(({ key, value }, layer) => [
      [keyName(layer), view(key)],
      [valueName(layer), view(value)],
    ]),
  );
}

function int64s(dims: readonly number[], at: (index: number) => number): Tensor<'int64'> {
  const tensor = Tensor.allocate('int64', dims);
  for (let i = 0; i < tensor.size; i++) tensor.data[i] = BigInt(at(i));
  return tensor;
}
