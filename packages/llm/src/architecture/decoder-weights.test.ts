import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ExternalData, ExternalDataWriter } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { memoryWeights } from '../testing/memory-weights.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { float32, type TestTensor } from '../testing/test-tensor.js';
import { tinyConfig, tinyTensors } from '../testing/tiny-decoder.js';
import type { WeightStorage } from '../weights/storage.js';
import { ggufNames } from '../weights/tensor-names.js';
import { WeightImporter } from '../weights/weight-importer.js';
import type { DecoderConfig } from './decoder-config.js';
import { type DecoderWeights, importDecoderWeights } from './decoder-weights.js';

const folder = temporaryFolder();
let files = 0;

interface Imported {
  readonly weights: DecoderWeights;
  readonly floats: (data: ExternalData) => readonly number[];
}

async function importTiny(
  changes: Readonly<Record<string, TestTensor | undefined>> = {},
  config: DecoderConfig = tinyConfig,
  storage: WeightStorage = 'exact',
): Promise<Imported> {
  const tensors: Record<string, TestTensor> = {};
  for (const [name, tensor] of Object.entries({ ...tinyTensors, ...changes })) if (tensor) tensors[name] = tensor;
  files += 1;
  const file = path.join(folder, `${files}.bin`);
  const writer = await ExternalDataWriter.create(file);
  try {
    const importer = new WeightImporter(memoryWeights(tensors), writer, storage, () => {});
    const weights = await importDecoderWeights(importer, writer, config, ggufNames(), true);
    await writer.close();
    const bytes = await readFile(file);
    const floats = ({ offset, byteLength }: ExternalData) =>
      Array.from({ length: byteLength / 4 }, (_, i) => bytes.readFloatLE(offset + 4 * i));
    return { weights, floats };
  } finally {
    await writer.close();
  }
}

describe('importDecoderWeights', () => {
  it.each(Object.keys(tinyTensors))('names %s when the model lacks it', async (name) => {
    await expect(importTiny({ [name]: undefined })).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining(`"${name}"`),
    });
  });

  it.each(Object.keys(tinyTensors))('names %s and both shapes when its shape is wrong', async (name) => {
    const right = `[${tinyTensors[name]!.dims.join(', ')}]`;
    await expect(importTiny({ [name]: float32([3, 5]) })).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(
        new RegExp(`"${name.replaceAll('.', '\\.')}" has shape \\[3, 5\\].*${right.replace('[', '\\[')}`),
      ),
    });
  });

  it('names weights that a decoder of this kind does not use', async () => {
    const extra = { 'blk.0.attn_q_norm.weight': float32([16]), 'blk.0.attn_k_norm.weight': float32([16]) };
    await expect(importTiny(extra)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/"blk\.0\.attn_q_norm\.weight" \(2 in all\)/),
      details: { tensors: Object.keys(extra) },
    });
  });

  it('finds layers that the configuration does not count', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `blk.${i + 1}.attn_norm.weight`);
    const error = await importTiny(Object.fromEntries(names.map((name) => [name, float32([64])]))).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'Unsupported', message: expect.stringContaining('30 in all') });
    expect(error).toMatchObject({ details: { tensors: names.slice(0, 20) } });
  });

  it.each(['blk.0.attn_q.rotary_emb.inv_freq', 'rotary_emb.inv_freq'])(
    'lets %s be, which it computes',
    async (name) => {
      await importTiny({ [name]: float32([8]) });
    },
  );

  it('divides the rotary frequencies by those factors that a file stores', async () => {
    const factors = [1, 1, 1.25, 1.5, 2, 4, 8, 8];
    const { weights, floats } = await importTiny({ 'rope_freqs.weight': float32([8], factors) });
    const [cos, sin] = [floats(weights.rotary.cos), floats(weights.rotary.sin)];
    expect(cos).toHaveLength(tinyConfig.contextLength * 8);
    for (let position = 0; position < tinyConfig.contextLength; position++) {
      for (const [i, factor] of factors.entries()) {
        const angle = (position * 10000 ** ((-2 * i) / 16)) / factor;
        expect(cos[position * 8 + i]).toBeCloseTo(Math.cos(angle), 6);
        expect(sin[position * 8 + i]).toBeCloseTo(Math.sin(angle), 6);
      }
    }
  });

  it('names rotary factors of the wrong number', async () => {
    await expect(importTiny({ 'rope_freqs.weight': float32([16]) })).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/"rope_freqs\.weight" has shape \[16\].*\[8\]/),
    });
  });

  it('gives a tied head the table’s own bytes, and ignores a head that the file has beside it', async () => {
    const { weights } = await importTiny({}, { ...tinyConfig, tiedEmbeddings: true });
    if (weights.embedding.kind !== 'block-quantized' || weights.head.kind !== 'block-quantized') {
      throw new Error('expected blocks');
    }
    expect(weights.head.quants).toBe(weights.embedding.quants);
    expect(weights.head.scales).toBe(weights.embedding.scales);
    expect(weights.head).toMatchObject({ inFeatures: 64, outFeatures: 6 });
  });

  it('turns the table for a tied head in float32', async () => {
    const tied = { ...tinyConfig, tiedEmbeddings: true };
    const { weights, floats } = await importTiny({ 'output.weight': undefined }, tied, 'float32');
    if (weights.embedding.kind !== 'float32' || weights.head.kind !== 'float32') throw new Error('expected float32');
    const table = floats(weights.embedding.table);
    const turned = Array.from({ length: 6 * 64 }, (_, at) => table[(at % 6) * 64 + Math.floor(at / 6)]);
    expect(floats(weights.head.weight)).toEqual(turned);
  });
});
