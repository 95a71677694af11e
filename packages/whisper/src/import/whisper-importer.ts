import type { TensorReader } from '@ferrum/models';
import {
  type ExternalData,
  type ExternalDataWriter,
  type LinearWeights,
  quantizeInt8,
  quantizeRowsInt8,
} from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import type { ConvolutionWeights, NormWeights } from '../architecture/whisper-weights.js';
import type { LinearName, NormName } from '../model/whisper-names.js';

/**
 * How the weights of linear layers are kept: in float32; in 8 bits with a scale per output, fastest with many rows; in 8 bits with a
 * scale per block, fastest with few; or so, but multiplied with inputs that are not rounded.
 */
export type LinearStorage = 'float32' | 'rows' | 'blocks' | 'exact-blocks';

export const blockSize = 32;

/** Moves layers from a model's file into the file that graphs refer to. */
export class WhisperImporter {
  constructor(
    private readonly reader: TensorReader,
    private readonly writer: ExternalDataWriter,
  ) {}

  /** One layer of the parts, their outputs side by side. */
  async linear(
    parts: readonly LinearName[],
    inFeatures: number,
    outFeatures: number,
    storage: LinearStorage,
    { factor = 1, smoothing }: LinearChanges = {},
  ): Promise<LinearWeights> {
    const rows = outFeatures / parts.length;
    const weight = new Float32Array(outFeatures * inFeatures);
    const bias = new Float32Array(outFeatures);
    let hasBias = false;
    for (const [index, part] of parts.entries()) {
      weight.set(await this.#weight(part, rows, inFeatures), index * rows * inFeatures);
      const partBias = await this.#bias(part, rows);
      if (partBias) bias.set(partBias, index * rows);
      hasBias ||= partBias !== undefined;
    }
    if (factor !== 1) {
      scale(weight, factor);
      scale(bias, factor);
    }
    if (smoothing) divideColumns(weight, smoothing);
    if (storage === 'rows') return this.#storeRows(weight, hasBias ? bias : undefined, inFeatures, outFeatures);
    return this.#store(weight, hasBias ? bias : undefined, inFeatures, outFeatures, storage);
  }

  /** @param smoothing its outputs are multiplied by it */
  async norm({ scale: scaleName, shift }: NormName, size: number, smoothing?: Float32Array): Promise<NormWeights> {
    const read = async (name: string) => {
      const values = await this.reader.values(name, [size]);
      return this.writer.add(smoothing ? values.map((value, i) => value * (smoothing[i] as number)) : values);
    };
    return { scale: await read(scaleName), shift: await read(shift) };
  }

  /**
   * What a norm's outputs are multiplied by, and the weights of the layers that read them divided by, so that both lose less when
   * they are rounded (SmoothQuant, Xiao et al. 2023). How large an output gets is told by the norm itself: its input has variance 1.
   */
  async smoothing(
    { scale: scaleName, shift }: NormName,
    readers: readonly { readonly name: LinearName; readonly outFeatures: number }[],
    size: number,
  ): Promise<Float32Array> {
    const [scales, shifts] = [await this.reader.values(scaleName, [size]), await this.reader.values(shift, [size])];
    const largest = new Float32Array(size);
    for (const { name, outFeatures } of readers) {
      const weight = await this.#weight(name, outFeatures, size);
      for (let i = 0; i < weight.length; i++) {
        largest[i % size] = Math.max(largest[i % size] as number, Math.abs(weight[i] as number));
      }
    }
    return largest.map((weight, i) => {
      const activation = standardDeviations * Math.abs(scales[i] as number) + Math.abs(shifts[i] as number);
      return weight > 0 && activation > 0 ? Math.sqrt(weight / activation) : 1;
    });
  }

  async convolution(
    { weight, bias }: LinearName,
    inChannels: number,
    outChannels: number,
  ): Promise<ConvolutionWeights> {
    return {
      weight: await this.values(weight, [outChannels, inChannels, 3]),
      bias: await this.values(bias, [outChannels]),
      inChannels,
      outChannels,
    };
  }

  async values(name: string, dims: readonly number[]): Promise<ExternalData> {
    return this.writer.add(await this.reader.values(name, dims));
  }

  /** The token embeddings: a table to look up, and the same rows as the layer that scores tokens. */
  async tokens(name: string, vocabularySize: number, hiddenSize: number, storage: 'float32' | 'blocks') {
    const sizes = { inFeatures: hiddenSize, outFeatures: vocabularySize };
    const shape = { vocabularySize, hiddenSize };
    const weight = await this.reader.values(name, [vocabularySize, hiddenSize]);
    if (storage === 'float32') {
      const table = await this.writer.add(weight);
      const turned = await this.writer.add(transposed(weight, hiddenSize));
      return {
        tokens: { ...shape, kind: 'float32', table },
        head: { ...sizes, kind: 'float32', weight: turned },
      } as const;
    }
    requireBlocks(hiddenSize);
    const packed = quantizeInt8(weight, blockSize);
    const parts = {
      kind: 'block-quantized',
      bits: 8,
      blockSize,
      quants: await this.writer.add(packed.quants),
      scales: await this.writer.add(packed.scales),
    } as const;
    return { tokens: { ...shape, ...parts }, head: { ...sizes, ...parts } } as const;
  }

  async #store(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    outFeatures: number,
    storage: Exclude<LinearStorage, 'rows'>,
  ): Promise<LinearWeights> {
    const shape = { inFeatures, outFeatures, ...(bias ? { bias: await this.writer.add(bias) } : {}) };
    if (storage === 'float32') {
      return { ...shape, kind: 'float32', weight: await this.writer.add(transposed(weight, inFeatures)) };
    }
    requireBlocks(inFeatures);
    const { quants, scales } = quantizeInt8(weight, blockSize);
    return {
      ...shape,
      kind: 'block-quantized',
      bits: 8,
      blockSize,
      quants: await this.writer.add(quants),
      scales: await this.writer.add(scales),
      ...(storage === 'exact-blocks' ? { exactInputs: true } : {}),
    };
  }

  async #storeRows(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    outFeatures: number,
  ): Promise<LinearWeights> {
    const { quants, scales } = quantizeRowsInt8(weight, inFeatures);
    return {
      inFeatures,
      outFeatures,
      ...(bias ? { bias: await this.writer.add(bias) } : {}),
      kind: 'row-quantized',
      quants: await this.writer.add(transposed(quants, inFeatures)),
      scales: await this.writer.add(scales),
    };
  }

  async #weight({ weight, slice }: LinearName, rows: number, columns: number): Promise<Float32Array> {
    return part(await this.reader.values(weight, [rows * (slice?.count ?? 1), columns]), slice);
  }

  async #bias({ bias, slice }: LinearName, rows: number): Promise<Float32Array | undefined> {
    if (!this.reader.has(bias)) return undefined;
    return part(await this.reader.values(bias, [rows * (slice?.count ?? 1)]), slice);
  }
}

/** What is done to a layer's weights on the way. */
export interface LinearChanges {
  /** Its outputs are multiplied by it. */
  readonly factor?: number;
  /** [inFeatures]: its inputs come multiplied by it. */
  readonly smoothing?: Float32Array | undefined;
}

/** Few values of a normalised input are larger. */
const standardDeviations = 4;

function divideColumns(weight: Float32Array, divisors: Float32Array): void {
  for (let i = 0; i < weight.length; i++) weight[i] = (weight[i] as number) / (divisors[i % divisors.length] as number);
}

function requireBlocks(inFeatures: number): void {
  if (inFeatures % blockSize === 0) return;
  throw new FerrumError(
    'Unsupported',
    `A layer with ${inFeatures} inputs cannot be kept in 8 bits, which takes blocks of ${blockSize}. Use quantization: 'float32'.`,
  );
}

function part(values: Float32Array, slice: LinearName['slice']): Float32Array {
  if (!slice) return values;
  const size = values.length / slice.count;
  return values.subarray(slice.index * size, (slice.index + 1) * size);
}

function scale(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor;
}

/** [rows, columns] → [columns, rows]. */
function transposed<T extends Float32Array | Int8Array>(values: T, columns: number): T {
  const rows = values.length / columns;
  const turned = new (values.constructor as new (length: number) => T)(values.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++, at++) turned[i * rows + row] = values[at] as number;
  }
  return turned;
}
