import { FerrumError } from '@ferrum/registry/errors';
import { dequantize } from '../weights/dequantize.js';
import type { TensorInfo, WeightFile } from '../weights/weight-file.js';
import { readScale, unscaleRows } from './unscale-rows.js';

/** Rows that one tensor contributes to a linear layer. */
export interface TensorRows {
  /** The tensor's name, [rows, columns]. */
  readonly name: string;
  readonly rows: number;
  /** Where row r of the layer is in the tensor; default r. */
  readonly rowOrder?: (row: number) => number;
  /** Which matrix of a tensor that stacks several, [matrices, rows, columns]. */
  readonly slice?: { readonly index: number; readonly of: number };
}

/** Weights read at once, as float32: bounds what a conversion holds in memory. */
const chunkBytes = 4 * 1024 * 1024;

/** Reads the tensors of a model as float32, checks their shapes, and remembers which were read. */
export class TensorReader {
  readonly #used = new Set<string>();

  /** @param onTensor called when a tensor is first asked for */
  constructor(
    private readonly file: WeightFile,
    private readonly onTensor: (name: string) => void,
  ) {}

  has(name: string): boolean {
    return this.file.tensors.has(name);
  }

  /** Tensors of the file that nothing has asked for, by none of their names; the scale of one that was is not among them. */
  unused(): string[] {
    const { tensors } = this.file;
    const used = new Set<string | undefined>();
    for (const name of this.#used) used.add(tensors.get(name)?.aliasOf ?? name).add(tensors.get(name)?.scale);
    return [...tensors.values()].filter((tensor) => !used.has(tensor.aliasOf ?? tensor.name)).map(({ name }) => name);
  }

  /** @throws FerrumError `InvalidFormat` when there is no such tensor, or one of another shape. */
  tensor(name: string, dims: readonly number[]): TensorInfo {
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

  /** The tensor that a part's rows are in. @throws FerrumError as `tensor` does. */
  tensorOf({ name, rows, slice }: TensorRows, columns: number): TensorInfo {
    return this.tensor(name, slice ? [slice.of, rows, columns] : [rows, columns]);
  }

  /** All values of a tensor, row-major. @throws FerrumError as `tensor` does. */
  async values(name: string, dims: readonly number[]): Promise<Float32Array> {
    const tensor = this.tensor(name, dims);
    const scale = await readScale(this.file, tensor);
    const bytes = await this.file.read(name);
    return scale ? unscaleRows(tensor, bytes, scale, identity) : inOrder(tensor, dequantize(tensor.type, bytes));
  }

  /** The rows of the parts, joined, in pieces of whole rows. */
  async *rows(parts: readonly TensorRows[], columns: number): AsyncGenerator<Float32Array> {
    for (const part of parts) yield* this.convertedRows(part, columns, dequantize);
  }

  /** The rows of the parts, joined and turned, [columns, rows]: what a product x · Wᵀ of float32 takes. @throws FerrumError as `tensor` does. */
  async transposed(parts: readonly TensorRows[], columns: number): Promise<Float32Array> {
    // Sizes from a configuration are held against the file before memory is taken for them.
    for (const part of parts) this.tensorOf(part, columns);
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    const turned = new Float32Array(columns * rows);
    let row = 0;
    for await (const values of this.rows(parts, columns)) {
      for (let at = 0; at < values.length; at += columns, row++) {
        for (let i = 0; i < columns; i++) turned[i * rows + row] = values[at + i] as number;
      }
    }
    return turned;
  }

  /**
   * The biases of the parts, joined; zeros for a part without one, undefined when no part has one.
   * @param biasName from the name of a part's tensor
   */
  async bias(parts: readonly TensorRows[], biasName: (name: string) => string): Promise<Float32Array | undefined> {
    if (!parts.some((part) => this.has(biasName(part.name)))) return undefined;
    const joined: number[] = [];
    for (const { name, rows, rowOrder = identity } of parts) {
      const values = this.has(biasName(name)) ? await this.values(biasName(name), [rows]) : new Float32Array(rows);
      for (let row = 0; row < rows; row++) joined.push(values[rowOrder(row)] as number);
    }
    return Float32Array.from(joined);
  }

  /**
   * Converts a tensor's rows piece by piece, in the part's order; those of integer weights with a scale come as F32.
   * @param columnsAs `stored`: columns stay in the tensor's `columnOrder`; else such rows come as F32, too
   */
  async *convertedRows<T>(
    part: TensorRows,
    columns: number,
    convert: (type: TensorInfo['type'], bytes: Uint8Array) => T,
    columnsAs: 'stored' | 'in-order' = 'in-order',
  ): AsyncGenerator<T> {
    const tensor = this.tensorOf(part, columns);
    const scale = await readScale(this.file, tensor);
    const rowOrder = part.rowOrder ?? identity;
    const converted = (bytes: Uint8Array, firstRow: number): T => {
      if (!scale) {
        if (!tensor.columnOrder || columnsAs === 'stored') return convert(tensor.type, bytes);
        return convert('F32', new Uint8Array(inOrder(tensor, dequantize(tensor.type, bytes)).buffer));
      }
      const values = unscaleRows(tensor, bytes, scale, (row) => rowOrder(firstRow + row));
      return convert('F32', new Uint8Array(values.buffer));
    };
    const { index, of } = part.slice ?? { index: 0, of: 1 };
    const rowBytes = tensor.byteLength / (of * part.rows);
    const firstByte = index * part.rows * rowBytes;
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
        yield converted(bytes, row);
      } else {
        const bytes = await this.file.read(tensor.name, {
          start: firstByte + row * rowBytes,
          end: firstByte + end * rowBytes,
        });
        yield converted(bytes, row);
      }
    }
  }
}

/** Whole rows with their columns where they belong. */
function inOrder({ columnOrder }: TensorInfo, values: Float32Array): Float32Array {
  if (!columnOrder) return values;
  const ordered = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += columnOrder.length) {
    for (const [at, column] of columnOrder.entries()) ordered[row + column] = values[row + at] as number;
  }
  return ordered;
}

function identity(row: number): number {
  return row;
}
