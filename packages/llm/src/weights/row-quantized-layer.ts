import type { TensorRows } from '@ferrum/models';
import { type ExternalDataWriter, type LinearWeights, quantizeRowsInt8, rotateBlocks } from '@ferrum/onnx';
import type { WeightImporter } from './weight-importer.js';

export interface RowQuantizedLayout {
  /** Input channels whose weights stay float32. The layer before scales them by `outlierScale`. */
  readonly outliers?: readonly number[];
  /** Width of the blocks of input channels that are rotated, a power of two. */
  readonly rotation?: number;
  /** Outputs that are outlier channels of the layer after this one. */
  readonly scaledOutputs?: ReadonlySet<number>;
}

/**
 * Outlier channels are this much smaller than the model has them, until their weights make up for it: so they set no row's
 * largest value. A power of two changes no digit.
 */
export const outlierScale = 2 ** -12;

/** Joins the rows of the parts into one layer of 8-bit weights with a scale per row. */
export async function importRowQuantized(
  importer: WeightImporter,
  writer: ExternalDataWriter,
  parts: readonly TensorRows[],
  inFeatures: number,
  { outliers = [], rotation, scaledOutputs = new Set() }: RowQuantizedLayout,
): Promise<LinearWeights> {
  const outFeatures = parts.reduce((sum, part) => sum + part.rows, 0);
  const quants = new Int8Array(inFeatures * outFeatures);
  const scales = new Float32Array(outFeatures);
  const outlierWeight = new Float32Array(outliers.length * outFeatures);
  let first = 0;
  for await (const values of importer.rows(parts, inFeatures)) {
    const rows = values.length / inFeatures;
    for (let row = 0; row < rows; row++) {
      const weights = values.subarray(row * inFeatures, (row + 1) * inFeatures);
      const output = first + row;
      if (scaledOutputs.has(output)) scale(weights, outlierScale);
      for (const [i, channel] of outliers.entries()) {
        outlierWeight[i * outFeatures + output] = (weights[channel] as number) / outlierScale;
        weights[channel] = 0;
      }
    }
    if (rotation !== undefined) rotateBlocks(values, rotation);
    const packed = quantizeRowsInt8(values, inFeatures);
    scales.set(packed.scales, first);
    for (let row = 0, at = 0; row < rows; row++) {
      for (let i = 0; i < inFeatures; i++, at++) quants[i * outFeatures + first + row] = packed.quants[at] as number;
    }
    first += rows;
  }
  const bias = await importer.bias(parts);
  for (const output of bias ? scaledOutputs : []) if (bias) bias[output] = (bias[output] as number) * outlierScale;
  return {
    kind: 'row-quantized',
    inFeatures,
    outFeatures,
    quants: await writer.add(quants),
    scales: await writer.add(scales),
    ...(rotation === undefined ? {} : { rotation }),
    ...(outliers.length === 0 ? {} : { outliers: { channels: outliers, weight: await writer.add(outlierWeight) } }),
    ...(bias ? { bias: await writer.add(bias) } : {}),
  };
}

function scale(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor;
}
