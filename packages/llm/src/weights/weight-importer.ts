import { dequantize, TensorReader, type TensorRows, type WeightFile } from '@ferrum/models';
import type { EmbeddingWeights, ExternalData, ExternalDataWriter, LinearWeights } from '@ferrum/onnx';
import { blockSize, chooseLayout, type LinearLayout, packRows, type WeightStorage } from './storage.js';
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

  /** Joins the rows of the parts into one layer, with their biases if the file has any. */
  async linear(parts: readonly TensorRows[], inFeatures: number): Promise<LinearWeights> {
    const tensors = parts.map((part) => this.#reader.tensorOf(part, inFeatures));
    const outFeatures = parts.reduce((sum, part) => sum + part.rows, 0);
    const layout = chooseLayout(
      this.storage,
      tensors.map((tensor) => tensor.type),
      inFeatures,
    );
    const bias = await this.bias(parts);
    const shape = { inFeatures, outFeatures, ...(bias ? { bias: await this.writer.add(bias) } : {}) };
    if (layout.kind === 'float32') {
      const weight = await this.#reader.transposed(parts, inFeatures);
      return { ...shape, kind: 'float32', weight: await this.writer.add(weight) };
    }
    return { ...shape, ...(await this.#quantized(parts, inFeatures, outFeatures, layout)) };
  }

  /** The same as numbers, whatever the file holds. */
  async floatLinear(parts: readonly TensorRows[], inFeatures: number): Promise<LinearWeights> {
    const outFeatures = parts.reduce((sum, part) => sum + part.rows, 0);
    const bias = await this.bias(parts);
    const weight = await this.#reader.transposed(parts, inFeatures);
    return {
      kind: 'float32',
      inFeatures,
      outFeatures,
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
    const tensor = this.#reader.tensor(name, [vocabularySize, hiddenSize]);
    const chosen = chooseLayout(this.storage, [tensor.type], hiddenSize);
    const parts = [{ name, rows: vocabularySize }];
    const shape = { vocabularySize, hiddenSize };
    if (chosen.kind === 'float32') {
      const part = { name, rows: vocabularySize };
      const chunks = this.#reader.convertedRows(part, hiddenSize, (type, bytes) => bytesOf(dequantize(type, bytes)));
      return { ...shape, kind: 'float32', table: await this.writer.add(chunks) };
    }
    // A lookup adds no offsets, so a type that has them is rounded to 8 bits instead.
    const layout: LinearLayout = chosen.offsets ? { kind: 'block-quantized', bits: 8, offsets: false } : chosen;
    return { ...shape, ...(await this.#quantized(parts, hiddenSize, vocabularySize, layout)) };
  }

  async #quantized(
    parts: readonly TensorRows[],
    inFeatures: number,
    outFeatures: number,
    layout: Extract<LinearLayout, { kind: 'block-quantized' }>,
  ) {
    const blocks = inFeatures / blockSize;
    const scales = new Float32Array(outFeatures * blocks);
    const offsets = layout.offsets ? new Float32Array(blocks * outFeatures) : undefined;
    const reader = this.#reader;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      let row = 0;
      for (const part of parts) {
        const packedRows = reader.convertedRows(part, inFeatures, (type, bytes) => packRows(type, bytes, layout));
        for await (const packed of packedRows) {
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
      blockSize,
      quants: await this.writer.add(chunks()),
      scales: await this.writer.add(scales),
      ...(offsets ? { offsets: await this.writer.add(offsets) } : {}),
    } as const;
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
