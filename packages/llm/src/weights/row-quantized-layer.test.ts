import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TensorRows } from '@ferrum/models';
import { type ExternalData, ExternalDataWriter, rotateBlocks } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { memoryWeights } from '../testing/memory-weights.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { float32, type TestTensor } from '../testing/test-tensor.js';
import { importRowQuantized, outlierScale, type RowQuantizedLayout } from './row-quantized-layer.js';
import { WeightImporter } from './weight-importer.js';

const folder = temporaryFolder();
let files = 0;

const inFeatures = 8;
const weight = (row: number, column: number): number => Math.sin(7 * row + 3 * column + 1);
const values = (firstRow: number, rows: number): number[] =>
  Array.from({ length: rows * inFeatures }, (_, i) => weight(firstRow + Math.floor(i / inFeatures), i % inFeatures));

/** Imports rows 0 to 2 from one tensor, 3 and 4 from another. */
async function imported(layout: RowQuantizedLayout, more: Readonly<Record<string, TestTensor>> = {}) {
  files += 1;
  const file = path.join(folder, `${files}.bin`);
  const tensors = {
    'a.weight': float32([3, inFeatures], values(0, 3)),
    'b.weight': float32([2, inFeatures], values(3, 2)),
  };
  const parts: TensorRows[] = [
    { name: 'a.weight', rows: 3 },
    { name: 'b.weight', rows: 2 },
  ];
  const writer = await ExternalDataWriter.create(file);
  try {
    const importer = new WeightImporter(memoryWeights({ ...tensors, ...more }), writer, 'exact', () => {});
    const layer = await importRowQuantized(importer, writer, parts, inFeatures, layout);
    await writer.close();
    if (layer.kind !== 'row-quantized') throw new Error('expected rows');
    const bytes = await readFile(file);
    const floats = ({ offset, byteLength }: ExternalData) =>
      Array.from({ length: byteLength / 4 }, (_, i) => bytes.readFloatLE(offset + 4 * i));
    const scales = floats(layer.scales);
    /** Weight [output, input] as the graph computes with it. */
    const at = (output: number, input: number) =>
      scales[output]! * bytes.readInt8(layer.quants.offset + input * layer.outFeatures + output);
    return { layer, floats, at };
  } finally {
    await writer.close();
  }
}

/** Half a step of 127 in the largest weight there is. */
const rounding = 0.5 / 127 + 1e-6;

describe('importRowQuantized', () => {
  it('joins the rows of all parts, each with a scale of its own', async () => {
    const { layer, at } = await imported({});
    expect(layer).toMatchObject({ inFeatures, outFeatures: 5 });
    expect(layer).not.toHaveProperty('outliers');
    for (let row = 0; row < 5; row++) {
      for (let i = 0; i < inFeatures; i++) expect(Math.abs(at(row, i) - weight(row, i))).toBeLessThan(rounding);
    }
  });

  it('keeps outlier channels in float32, larger by what the layer before makes them smaller', async () => {
    const { layer, floats, at } = await imported({ outliers: [2, 7] });
    expect(layer.outliers?.channels).toEqual([2, 7]);
    const kept = floats(layer.outliers!.weight);
    for (let row = 0; row < 5; row++) {
      expect([at(row, 2), at(row, 7)]).toEqual([0, 0]);
      expect(kept[row]! * outlierScale).toBe(Math.fround(weight(row, 2)));
      expect(kept[5 + row]! * outlierScale).toBe(Math.fround(weight(row, 7)));
      expect(Math.abs(at(row, 3) - weight(row, 3))).toBeLessThan(rounding);
    }
  });

  it('rotates what it rounds', async () => {
    const { at } = await imported({ outliers: [2], rotation: 4 });
    for (let row = 0; row < 5; row++) {
      const back = Float32Array.from({ length: inFeatures }, (_, i) => at(row, i));
      rotateBlocks(back, 4);
      for (const [i, value] of back.entries()) {
        // A rotated row reaches twice as far, and turning back adds four errors.
        expect(Math.abs(value - (i === 2 ? 0 : weight(row, i)))).toBeLessThan(4 * rounding);
      }
    }
  });

  it('makes outputs small that are outliers of the next layer, biases and outlier weights included', async () => {
    const bias = { 'a.bias': float32([3], [1, 2, 3]) };
    const { layer, floats, at } = await imported({ outliers: [0], scaledOutputs: new Set([1, 4]) }, bias);
    const factor = (row: number) => (row === 1 || row === 4 ? outlierScale : 1);
    expect(floats(layer.bias!)).toEqual([1, 2 * outlierScale, 3, 0, 0]);
    const kept = floats(layer.outliers!.weight);
    for (let row = 0; row < 5; row++) {
      expect(kept[row]! * outlierScale).toBe(Math.fround(weight(row, 0)) * factor(row));
      for (let i = 1; i < inFeatures; i++) {
        expect(Math.abs(at(row, i) / factor(row) - weight(row, i))).toBeLessThan(rounding);
      }
    }
  });
});
