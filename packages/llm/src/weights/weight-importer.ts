import { dequantize, TensorReader, type TensorRows, type WeightFile, type WeightType } from '@ferrum/models';
import type { BlockQuantized, EmbeddingWeights, ExternalData, ExternalDataWriter, LinearWeights } from '@ferrum/onnx';
import { type BlockLayout, blockSize, isExactIn, layoutOf, packRows, type WeightStorage } from './storage.js';
import { biasName } from './tensor-names.js';

/** Moves weights from a model file into the file that graphs refer to, tensor by tensor, and remembers which were used. */
export class WeightImporter {
  readonly #reader: TensorReader;

  constructor(
    file: WeightFile,
    private readonly writer: ExternalDataWriter,
    private readonly storage: WeightStorage,
    onTensor: (name: string) => void,
  ) {
    this.#reader = new TensorReader(file, onTensor);
  }

  /** Tensors of the file that nothing has asked for. */
  unused(): string[] {
    return this.#reader.unused();
  }

  has(name: string): boolean {
    return this.#reader.has(name);
  }

  /** A one-dimensional tensor as numbers. */
  values(name: string, length: number): Promise<Float32Array> {
    return this.#reader.values(name, [length]);
  }

  async vector(name: string, length: number): Promise<ExternalData> {
    return this.writer.add(await this.values(name, length));
  }

  /**
   * Joins the rows of the parts into one layer, with their biases if the file has any. Neighbours that are stored alike share a
   * product; the widest layout for all would be slower than several products are.
   */
  async linear(parts: readonly TensorRows[], inFeatures: number): Promise<LinearWeights> {
    const runs = this.#runs(parts, inFeatures);
    const outFeatures = rowsOf(parts);
    const bias = await this.bias(parts);
    const shape = { inFeatures, outFeatures, ...(bias ? { bias: await this.writer.add(bias) } : {}) };
    if (!runs) {
      const weight = await this.#reader.transposed(parts, inFeatures);
      return { ...shape, kind: 'float32', weight: await this.writer.add(weight) };
    }
    const layers: LinearWeights[] = [];
    for (const run of runs) {
      layers.push({ inFeatures, outFeatures: rowsOf(run.parts), ...(await this.#quantized(run, inFeatures)) });
    }
    const [first] = layers;
    return first && layers.length === 1 ? { ...first, ...shape } : { ...shape, kind: 'joined', parts: layers };
  }

  /** The same as numbers, whatever the file holds. */
  async floatLinear(parts: readonly TensorRows[], inFeatures: number): Promise<LinearWeights> {
    const bias = await this.bias(parts);
    const weight = await this.#reader.transposed(parts, inFeatures);
    return {
      kind: 'float32',
      inFeatures,
      outFeatures: rowsOf(parts),
      weight: await this.writer.add(weight),
      ...(bias ? { bias: await this.writer.add(bias) } : {}),
    };
  }

  /** The rows of the parts as float32, joined, in pieces of whole rows. */
  rows(parts: readonly TensorRows[], inFeatures: number): AsyncGenerator<Float32Array> {
    return this.#reader.rows(parts, inFeatures);
  }

  /** The biases of the parts, joined; undefined where the file has none. */
  bias(parts: readonly TensorRows[]): Promise<Float32Array | undefined> {
    return this.#reader.bias(parts, biasName);
  }

  /** The embedding table, and the head over the same bytes when the model ties them. */
  async embedding(name: string, vocabularySize: number, hiddenSize: number): Promise<EmbeddingWeights> {
    const part = { name, rows: vocabularySize };
    const { columnOrder, type } = this.#reader.tensor(name, [vocabularySize, hiddenSize]);
    const chosen = layoutOf(this.storage, type, hiddenSize);
    const shape = { vocabularySize, hiddenSize };
    if (chosen.kind === 'float32') {
      const chunks = this.#reader.convertedRows(part, hiddenSize, (from, bytes) => bytesOf(dequantize(from, bytes)));
      return { ...shape, kind: 'float32', table: await this.writer.add(chunks) };
    }
    // A table has no input to reorder; none is known to be stored so.
    const layout = columnOrder ? roundedLayout : chosen;
    return { ...shape, ...(await this.#quantized({ parts: [part], layout }, hiddenSize)) };
  }

  /** Parts next to each other that are stored alike; undefined where all become float32. */
  #runs(parts: readonly TensorRows[], inFeatures: number): readonly Run[] | undefined {
    const runs: Run[] = [];
    for (const part of parts) {
      const { type, columnOrder } = this.#reader.tensorOf(part, inFeatures);
      const layout = layoutOf(this.storage, type, inFeatures);
      if (layout.kind === 'float32') return undefined;
      const order = isExactIn(layout, type) ? columnOrder : undefined;
      const run: Run = { parts: [part], layout, ...(order ? { order } : {}) };
      const joined = join(runs.at(-1), run);
      if (joined) runs.splice(-1, 1, joined);
      else runs.push(run);
    }
    return runs;
  }

  async #quantized({ parts, layout, order }: Run, inFeatures: number) {
    const outFeatures = rowsOf(parts);
    const blocks = inFeatures / layout.blockSize;
    const scales = new Float32Array(outFeatures * blocks);
    const offsets = layout.offsets ? new Float32Array(blocks * outFeatures) : undefined;
    const reader = this.#reader;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      let row = 0;
      for (const part of parts) {
        const pack = (type: WeightType, bytes: Uint8Array): BlockQuantized => packRows(type, bytes, layout);
        for await (const packed of reader.convertedRows(part, inFeatures, pack, order ? 'stored' : 'in-order')) {
          scales.set(packed.scales, row * blocks);
          const rows = packed.scales.length / blocks;
          if (offsets && packed.offsets) {
            for (let r = 0; r < rows; r++) {
              for (let b = 0; b < blocks; b++)
                offsets[b * outFeatures + row + r] = packed.offsets[r * blocks + b] as number;
            }
          }
          row += rows;
          yield packed.quants;
        }
      }
    }
    return {
      kind: 'block-quantized',
      bits: layout.bits,
      blockSize: layout.blockSize,
      quants: await this.writer.add(chunks()),
      scales: await this.writer.add(scales),
      ...(offsets ? { offsets: await this.writer.add(offsets) } : {}),
      ...(order ? { inputOrder: await this.writer.add(BigInt64Array.from(order, BigInt)) } : {}),
    } as const;
  }
}

/** Parts of one layer that are stored as one. */
interface Run {
  readonly parts: readonly TensorRows[];
  readonly layout: BlockLayout;
  /** Which input each column is for; absent: in order. */
  readonly order?: Int32Array;
}

const roundedLayout: BlockLayout = { kind: 'block-quantized', bits: 8, blockSize, offsets: false };

/** Both as one, if their rows fit together: offsets may be missing in one. */
function join(first: Run | undefined, second: Run): Run | undefined {
  if (!first) return undefined;
  const [a, b] = [first.layout, second.layout];
  const sameOrder = first.order?.join() === second.order?.join();
  if (a.bits !== b.bits || a.blockSize !== b.blockSize || !sameOrder) return undefined;
  const layout = { ...a, offsets: a.offsets || b.offsets };
  return { ...first, layout, parts: [...first.parts, ...second.parts] };
}

function rowsOf(parts: readonly TensorRows[]): number {
  return parts.reduce((sum, part) => sum + part.rows, 0);
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
