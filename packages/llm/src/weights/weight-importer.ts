import { dequantize, type TensorInfo, type WeightFile } from '@ferrum/models';
import type { EmbeddingWeights, ExternalData, ExternalDataWriter, LinearWeights } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { blockSize, chooseLayout, type LinearLayout, packRows, type WeightStorage } from './storage.js';
import { biasName } from './tensor-names.js';

/** Rows that one tensor contributes to a linear layer. */
export interface LinearPart {
  /** The tensor's name, [rows, inFeatures]. */
  readonly name: string;
  readonly rows: number;
  /** Where row r of the layer is in the tensor; default r. */
  readonly rowOrder?: (row: number) => number;
}

/** Weights read at once, as float32: bounds what an import holds in memory. */
const chunkBytes = 4 * 1024 * 1024;

/** Moves weights from a model file into the file that graphs refer to, tensor by tensor, and remembers which were used. */
export class WeightImporter {
  readonly #used = new Set<string>();

  constructor(
    private readonly file: WeightFile,
    private readonly writer: ExternalDataWriter,
    private readonly storage: WeightStorage,
    private readonly onTensor: (name: string) => void,
  ) {}

  /** Tensors of the file that nothing has asked for. */
  unused(): string[] {
    return [...this.file.tensors.keys()].filter((name) => !this.#used.has(name));
  }

  has(name: string): boolean {
    return this.file.tensors.has(name);
  }

  /** A one-dimensional tensor as numbers. */
  async values(name: string, length: number): Promise<Float32Array> {
    const tensor = this.#tensor(name, [length]);
    return dequantize(tensor.type, await this.file.read(name));
  }

  async vector(name: string, length: number): Promise<ExternalData> {
    return this.writer.add(await this.values(name, length));
  }

  /** Joins the rows of the parts into one layer, with their biases if the file has any. */
  async linear(parts: readonly LinearPart[], inFeatures: number): Promise<LinearWeights> {
    const tensors = parts.map((part) => this.#tensor(part.name, [part.rows, inFeatures]));
    const outFeatures = parts.reduce((sum, part) => sum + part.rows, 0);
    const layout = chooseLayout(
      this.storage,
      tensors.map((tensor) => tensor.type),
      inFeatures,
    );
    const bias = await this.bias(parts);
    const shape = { inFeatures, outFeatures, ...(bias ? { bias: await this.writer.add(bias) } : {}) };
    if (layout.kind === 'float32') {
      return { ...shape, kind: 'float32', weight: await this.#transposed(parts, inFeatures, outFeatures) };
    }
    return { ...shape, ...(await this.#quantized(parts, tensors, inFeatures, outFeatures, layout)) };
  }

  /** The rows of the parts as float32, joined, in pieces of whole rows. */
  async *rows(parts: readonly LinearPart[], inFeatures: number): AsyncGenerator<Float32Array> {
    for (const part of parts) yield* this.#rows(this.#tensor(part.name, [part.rows, inFeatures]), part, dequantize);
  }

  /** The biases of the parts, joined; undefined where the file has none. */
  async bias(parts: readonly LinearPart[]): Promise<Float32Array | undefined> {
    if (!parts.some((part) => this.has(biasName(part.name)))) return undefined;
    const joined: number[] = [];
    for (const { name, rows, rowOrder = identity } of parts) {
      const values = this.has(biasName(name)) ? await this.values(biasName(name), rows) : new Float32Array(rows);
      for (let row = 0; row < rows; row++) joined.push(values[rowOrder(row)] as number);
    }
    return Float32Array.from(joined);
  }

  /** The embedding table, and the head over the same bytes when the model ties them. */
  async embedding(name: string, vocabularySize: number, hiddenSize: number): Promise<EmbeddingWeights> {
    const tensor = this.#tensor(name, [vocabularySize, hiddenSize]);
    const chosen = chooseLayout(this.storage, [tensor.type], hiddenSize);
    const parts = [{ name, rows: vocabularySize }];
    const shape = { vocabularySize, hiddenSize };
    if (chosen.kind === 'float32') {
      const chunks = this.#rows(tensor, parts[0] as LinearPart, (type, bytes) => bytesOf(dequantize(type, bytes)));
      return { ...shape, kind: 'float32', table: await this.writer.add(chunks) };
    }
    // A lookup adds no offsets, so a type that has them is rounded to 8 bits instead.
    const layout: LinearLayout = chosen.offsets ? { kind: 'block-quantized', bits: 8, offsets: false } : chosen;
    return { ...shape, ...(await this.#quantized(parts, [tensor], hiddenSize, vocabularySize, layout)) };
  }

  async #quantized(
    parts: readonly LinearPart[],
    tensors: readonly TensorInfo[],
    inFeatures: number,
    outFeatures: number,
    layout: Extract<LinearLayout, { kind: 'block-quantized' }>,
  ) {
    const blocks = inFeatures / blockSize;
    const scales = new Float32Array(outFeatures * blocks);
    const offsets = layout.offsets ? new Float32Array(blocks * outFeatures) : undefined;
    const rowsOf = this.#rows.bind(this);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      let row = 0;
      for (const [index, part] of parts.entries()) {
        for await (const packed of rowsOf(tensors[index] as TensorInfo, part, (type, bytes) =>
          packRows(type, bytes, layout),
        )) {
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

  async #transposed(parts: readonly LinearPart[], inFeatures: number, outFeatures: number): Promise<ExternalData> {
    const transposed = new Float32Array(inFeatures * outFeatures);
    let row = 0;
    for await (const values of this.rows(parts, inFeatures)) {
      for (let at = 0; at < values.length; at += inFeatures, row++) {
        for (let i = 0; i < inFeatures; i++) transposed[i * outFeatures + row] = values[at + i] as number;
      }
    }
    return this.writer.add(transposed);
  }

  /** Converts a tensor's rows chunk by chunk, in the part's order. */
  async *#rows<T>(
    tensor: TensorInfo,
    part: LinearPart,
    convert: (type: TensorInfo['type'], bytes: Uint8Array) => T,
  ): AsyncGenerator<T> {
    const rowBytes = tensor.byteLength / part.rows;
    const columns = tensor.dims[1] as number;
    const chunkRows = Math.max(1, Math.floor(chunkBytes / (columns * 4)));
    // Reordered rows come from anywhere in the tensor, so it is read whole; only attention projections are.
    const whole = part.rowOrder ? await this.file.read(tensor.name) : undefined;
    for (let row = 0; row < part.rows; row += chunkRows) {
      const end = Math.min(part.rows, row + chunkRows);
      if (whole && part.rowOrder) {
        const bytes = new Uint8Array((end - row) * rowBytes);
        for (let r = row; r < end; r++) {
          const from = part.rowOrder(r) * rowBytes;
          bytes.set(whole.subarray(from, from + rowBytes), (r - row) * rowBytes);
        }
        yield convert(tensor.type, bytes);
      } else {
        const bytes = await this.file.read(tensor.name, { start: row * rowBytes, end: end * rowBytes });
        yield convert(tensor.type, bytes);
      }
    }
  }

  #tensor(name: string, dims: readonly number[]): TensorInfo {
    const tensor = this.file.tensors.get(name);
    if (!tensor) {
      throw new FerrumError(
        'InvalidFormat',
        `The model lacks the tensor "${name}"; the file is incomplete or of another kind.`,
      );
    }
    if (tensor.dims.length !== dims.length || tensor.dims.some((size, i) => size !== dims[i])) {
      throw new FerrumError(
        'InvalidFormat',
        `Tensor "${name}" has shape [${tensor.dims.join(', ')}], but the model's configuration says [${dims.join(', ')}].`,
      );
    }
    if (!this.#used.has(name)) this.onTensor(name);
    this.#used.add(name);
    return tensor;
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function identity(row: number): number {
  return row;
}
