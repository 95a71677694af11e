import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSafetensors, type TensorInfo } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
import { DecoderSession } from '../engine/decoder-session.js';
import { type Fixture, groupedFixtures, loadGgufFixture, loadGroupedFixture } from '../fixtures/load-fixture.js';
import { importModel } from '../import/import-model.js';
import { openModelSource } from '../import/model-source.js';
import { correlation } from '../testing/correlation.js';
import { temporaryFolders } from '../testing/temporary-folder.js';
import type { WeightStorage } from './storage.js';

const newFolder = temporaryFolders();
const signal = new AbortController().signal;

/** The logits of a model after each token, all in one chunk or one by one. */
async function logitsOf(
  { location, tokens, logits }: Fixture,
  storage: WeightStorage,
  how: 'chunk' | 'steps',
): Promise<Float32Array[]> {
  const directory = newFolder();
  await importModel(location, directory, storage, () => {});
  const source = await openModelSource(location);
  await source.weights.close();
  const { contextLength, vocabularySize } = source.config;
  const session = await DecoderSession.open(directory, source.config, { threads: 1, contextLength, prefillChunk: 128 });
  const rows: Float32Array[] = [];
  try {
    if (how === 'steps') {
      for (const [past, token] of tokens.entries()) rows.push((await session.extend([token], past, signal)).slice());
    } else {
      for await (const chunk of session.logitsOfEach(tokens, signal)) {
        for (let at = 0; at < chunk.length; at += vocabularySize) rows.push(chunk.slice(at, at + vocabularySize));
      }
    }
  } finally {
    await session.dispose();
  }
  expect(rows).toHaveLength(logits.length);
  return rows;
}

describe('GPTQ and AWQ', () => {
  it.each(groupedFixtures)('%s has the logits of transformers for the same weights in float32', async (name) => {
    const fixture = loadGroupedFixture(name);
    const logits = await logitsOf(fixture, 'float32', 'steps');
    for (const [i, row] of logits.entries()) {
      for (const [j, value] of row.entries()) expect(Math.abs(value - fixture.logits[i]![j]!)).toBeLessThan(1e-4);
    }
  });

  it.each(groupedFixtures)('%s differs from them only by rounding to 8 bits', async (name) => {
    const fixture = loadGroupedFixture(name);
    expect(correlation(await logitsOf(fixture, 'exact', 'steps'), fixture)).toBeGreaterThan(0.995);
    expect(correlation(await logitsOf(fixture, 'exact', 'chunk'), fixture)).toBeGreaterThan(0.99);
  });

  it('is exact by default', async () => {
    const { weights, defaultStorage } = await openModelSource(loadGroupedFixture('awq').location);
    await using source = weights;
    const name = 'model.layers.0.self_attn.q_proj.weight';
    expect(source.tensors.get(name)).toMatchObject({ type: 'U4_32', dims: [64, 64] });
    expect(defaultStorage).toBe('exact');
  });
});

describe('a model that cannot be opened', () => {
  const { location } = loadGroupedFixture('gptq');

  function withConfig(change: (config: Record<string, unknown>) => object): string {
    const directory = newFolder();
    copyFileSync(path.join(location, 'model.safetensors'), path.join(directory, 'model.safetensors'));
    const config = JSON.parse(readFileSync(path.join(location, 'config.json'), 'utf8'));
    writeFileSync(path.join(directory, 'config.json'), JSON.stringify(change(config)));
    return directory;
  }

  it.each([
    ['compressed-tensors', { quant_method: 'compressed-tensors', format: 'pack-quantized' }, /"compressed-tensors"/],
    ['bitsandbytes', { quant_method: 'bitsandbytes', load_in_4bit: true }, /"bitsandbytes"/],
    ['GPTQ of 3 bits', { quant_method: 'gptq', bits: 3, group_size: 32 }, /GPTQ of 3 bits/],
    ['Marlin', { quant_method: 'gptq', bits: 4, group_size: 32, checkpoint_format: 'marlin' }, /layout "marlin"/],
    ['AWQ gemv', { quant_method: 'awq', bits: 4, group_size: 32, version: 'gemv' }, /layout "gemv"/],
  ])('names what it is: %s', async (_name, quantization, message) => {
    const directory = withConfig((config) => ({ ...config, quantization_config: quantization }));
    await expect(openModelSource(directory)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['no word on how it is quantised', undefined, /quantize_config\.json/],
    [
      'another group size',
      { quant_method: 'gptq', bits: 4, group_size: 16 },
      /"lm_head\.scales" has shape \[2, 96\].*has \[4, 96\]/,
    ],
    ['another number of bits', { quant_method: 'gptq', bits: 8, group_size: 32 }, /"lm_head\.scales".*of 8 bits/],
    ['a group size of 0', { quant_method: 'gptq', bits: 4, group_size: 0 }, /group_size is 0/],
    ['no number of bits', { quant_method: 'gptq', group_size: 32 }, /bits/],
  ])('says what is wrong with %s', async (_name, quantization, message) => {
    const directory = withConfig(({ quantization_config: _, ...config }) =>
      quantization ? { ...config, quantization_config: quantization } : config,
    );
    await expect(openModelSource(directory)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(message),
    });
  });
});

describe('K-quants', () => {
  it('of all kinds in one model differ from float32 only by rounding of activations', async () => {
    const fixture = loadGgufFixture('llama-k');
    expect(correlation(await logitsOf(fixture, 'exact', 'steps'), fixture)).toBeGreaterThan(0.99);
    expect(correlation(await logitsOf(fixture, 'exact', 'chunk'), fixture)).toBeGreaterThan(0.99);
  });
});

describe('a grouped file', () => {
  it('shows each layer as one tensor, and reads any range of it', async () => {
    await using weights = (await openModelSource(loadGroupedFixture('gptq-act-order').location)).weights;
    const name = 'model.layers.0.mlp.down_proj.weight';
    const { columnOrder, byteLength } = weights.tensors.get(name) as TensorInfo;
    expect([...(columnOrder ?? [])].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 128 }, (_, i) => i));
    const whole = await weights.read(name);
    expect(whole).toHaveLength(byteLength);
    expect(await weights.read(name, { start: 5, end: 77 })).toEqual(whole.slice(5, 77));
    await expect(weights.read(name, { start: 0, end: byteLength + 1 })).rejects.toMatchObject({
      code: 'InvalidParameter',
    });
    await expect(weights.read(name.replace('weight', 'qweight'))).rejects.toMatchObject({ code: 'NotFound' });
    await using file = await openSafetensors(fileURLToPath(new URL('../fixtures/grouped/gptq', import.meta.url)));
    expect(file.tensors.has('lm_head.qweight')).toBe(true);
  });
});
