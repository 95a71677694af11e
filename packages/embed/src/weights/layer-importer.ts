import type { TensorReader } from '@ferrum/models';
import {
  type EmbeddingWeights,
  type ExternalData,
  type ExternalDataWriter,
  type LinearWeights,
  type NormWeights,
  quantizeRowsInt8,
  type RowQuantized,
  type RowQuantizedLinearWeights,
} from '@ferrum/onnx';
import type { LinearName } from '../architecture/tensor-names.js';
import { divideColumns, smoothingFactors } from './smoothing.js';

/** How the weights of linear layers are kept. */
export type WeightStorage = 'float32' | 'int8';

/** What 8-bit layers know of their inputs. */
export type InputRounding = Pick<RowQuantizedLinearWeights, 'inputScale' | 'lowerBound'>;

/** Moves layers from a model's file into the file that graphs refer to. */
export class LayerImporter {
  constructor(
    readonly reader: TensorReader,
    private readonly writer: ExternalDataWriter,
    private readonly storage: WeightStorage,
    /** Whether linear layers and norms all have a bias; else those have one whose file does. */
    private readonly hasBiases = false,
  ) {}

  /** y = x · Wᵀ (+ bias, where the layer has one). */
  async linear(
    name: LinearName,
    inFeatures: number,
    outFeatures: number,
    rounding: InputRounding = {},
  ): Promise<LinearWeights> {
    const weight = await this.weight(name, inFeatures, outFeatures);
    return this.layer(weight, await this.bias(name, outFeatures), inFeatures, outFeatures, rounding);
  }

  /**
   * Layers that read the same values: in 8 bits they share how those are rounded.
   * @param largest of each input, |x| over a sample: large inputs are scaled down and their weights up
   */
  async siblings(
    names: readonly LinearName[],
    inFeatures: number,
    outFeatures: number,
    largest?: Float32Array,
  ): Promise<LinearWeights[]> {
    const weights = await Promise.all(names.map((name) => this.weight(name, inFeatures, outFeatures)));
    const factors = this.storage === 'int8' && largest ? smoothingFactors(weights, largest) : undefined;
    const rounding = factors ? { inputScale: await this.writer.add(factors) } : {};
    const layers: LinearWeights[] = [];
    for (const [index, name] of names.entries()) {
      const weight = weights[index] as Float32Array;
      const scaled = factors ? divideColumns(weight, factors) : weight;
      const bias = await this.bias(name, outFeatures);
      layers.push(await this.layer(scaled, bias, inFeatures, outFeatures, rounding));
    }
    return layers;
  }

  /** @param weight [outFeatures, inFeatures] */
  async layer(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    outFeatures: number,
    rounding: InputRounding = {},
  ): Promise<LinearWeights> {
    const shape = { inFeatures, outFeatures };
    if (this.storage === 'float32') {
      const stored = await this.writer.add(transposed(weight, inFeatures));
      return { ...shape, ...(bias ? { bias: await this.writer.add(bias) } : {}), kind: 'float32', weight: stored };
    }
    const packed = quantizeRowsInt8(weight, inFeatures);
    const moved =
      rounding.lowerBound === undefined ? bias : withLowerBound(bias, packed, inFeatures, rounding.lowerBound);
    return {
      ...shape,
      ...rounding,
      ...(moved ? { bias: await this.writer.add(moved) } : {}),
      kind: 'row-quantized',
      quants: await this.writer.add(transposed(packed.quants, inFeatures)),
      scales: await this.writer.add(packed.scales),
    };
  }

  /** The rows of a linear layer, [outFeatures, inFeatures]. */
  async weight({ name, slice }: LinearName, inFeatures: number, outFeatures: number): Promise<Float32Array> {
    const values = await this.reader.values(`${name}.weight`, [outFeatures * (slice?.count ?? 1), inFeatures]);
    return part(values, slice);
  }

  async bias({ name, slice }: LinearName, outFeatures: number): Promise<Float32Array | undefined> {
    if (!this.hasBiases && !this.reader.has(`${name}.bias`)) return undefined;
    return part(await this.reader.values(`${name}.bias`, [outFeatures * (slice?.count ?? 1)]), slice);
  }

  /** Layer normalisation, whose parameters TensorFlow calls gamma and beta. */
  async norm(name: string, size: number): Promise<NormWeights> {
    const scaleName = this.reader.has(`${name}.gamma`) ? `${name}.gamma` : `${name}.weight`;
    const biasName = this.reader.has(`${name}.beta`) ? `${name}.beta` : `${name}.bias`;
    const scale = await this.vector(scaleName, size);
    const hasBias = this.hasBiases || this.reader.has(biasName);
    return hasBias ? { scale, bias: await this.vector(biasName, size) } : { scale };
  }

  async vector(name: string, size: number): Promise<ExternalData> {
    return this.writer.add(await this.reader.values(name, [size]));
  }

  /** @param added [hiddenSize], to every row */
  async embedding(
    name: string,
    vocabularySize: number,
    hiddenSize: number,
    added?: Float32Array,
  ): Promise<EmbeddingWeights> {
    const { reader } = this;
    async function* rows(): AsyncGenerator<Uint8Array> {
      for await (const values of reader.rows([{ name: `${name}.weight`, rows: vocabularySize }], hiddenSize)) {
        if (added) addToRows(values, added);
        yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      }
    }
    return { vocabularySize, hiddenSize, kind: 'float32', table: await this.writer.add(rows()) };
  }

  add(values: Float32Array): Promise<ExternalData> {
    return this.writer.add(values);
  }
}

export function addToRows(values: Float32Array, row: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + (row[i % row.length] as number);
}

/** Adds what the kernel's shift of the input leaves out. @param bias [outFeatures] */
function withLowerBound(
  bias: Float32Array | undefined,
  { quants, scales }: RowQuantized,
  inFeatures: number,
  lowerBound: number,
): Float32Array {
  return scales.map((scale, row) => {
    let sum = 0;
    for (let i = row * inFeatures; i < (row + 1) * inFeatures; i++) sum += quants[i] as number;
    return (bias?.[row] ?? 0) + lowerBound * scale * sum;
  });
}

function part(values: Float32Array, slice: LinearName['slice']): Float32Array {
  if (!slice) return values;
  const size = values.length / slice.count;
  return values.subarray(slice.index * size, (slice.index + 1) * size);
}

/** [rows, columns] → [columns, rows]. */
function transposed<T extends Float32Array | Int8Array>(values: T, columns: number): T {
  const rows = values.length / columns;
  const output = values.slice() as T;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) output[column * rows + row] = values[at] as number;
  }
  return output;
}
