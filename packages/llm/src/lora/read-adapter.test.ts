import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExternalDataWriter, OnnxRuntime, Tensor } from '@ferrum/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { buildDecoderGraph } from '../architecture/decoder-graph.js';
import { type DecoderWeights, importDecoderWeights } from '../architecture/decoder-weights.js';
import { openModelSource } from '../import/model-source.js';
import { WeightImporter } from '../weights/weight-importer.js';
import { outFeaturesOf } from './adapter-module.js';
import { fusePairs } from './fuse-pairs.js';
import { layerNameOf } from './lora-adapter.js';
import { loraAdjustment } from './lora-adjustment.js';
import { type AdapterPair, readAdapter } from './read-adapter.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const fixture = (name: string): string => path.join(here, 'fixtures', name);
const models = path.join(here, '..', 'fixtures');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ferrum-lora-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Model {
  readonly config: DecoderConfig;
  readonly weights: DecoderWeights;
}

async function load(location: string): Promise<Model> {
  const source = await openModelSource(location);
  const writer = await ExternalDataWriter.create(path.join(folder, 'weights.bin'));
  try {
    const { config, names, interleaved } = source;
    const importer = new WeightImporter(source.weights, writer, 'float32', () => {});
    return { config, weights: await importDecoderWeights(importer, writer, config, names, interleaved) };
  } finally {
    await writer.close();
    await source.weights.close();
  }
}

/** Logits after every token, with the mask all `mask`. */
async function logitsOf({ config, weights }: Model, pairs: readonly AdapterPair[], tokens: number[], mask?: number) {
  const byLayer = grouped(pairs);
  const adjust = loraAdjustment(new Set(byLayer.keys()), { masked: mask !== undefined });
  const file = path.join(folder, 'lora.onnx');
  await writeFile(file, buildDecoderGraph(config, weights, { adjust }));
  const session = await OnnxRuntime.load().openSession(file, { intraOpThreads: 1 });
  const count = tokens.length;
  const inputs: Record<string, Tensor> = {
    input_ids: Tensor.from('int64', [1, count], BigInt64Array.from(tokens, BigInt)),
    seqlens_k: Tensor.from('int32', [1], Int32Array.of(count - 1)),
    total_sequence_length: Tensor.from('int32', [], Int32Array.of(count)),
    logit_positions: Tensor.from('int64', [1, count], BigInt64Array.from(tokens.keys(), BigInt)),
  };
  const outputs: Record<string, Tensor> = {
    logits: Tensor.allocate('float32', [1, count, config.vocabularySize]),
  };
  for (let layer = 0; layer < config.layers; layer++) {
    for (const side of ['key', 'value']) {
      const tensor = Tensor.allocate('float32', [1, config.kvHeads, 128, config.headDim]);
      inputs[`past_key_values.${layer}.${side}`] = tensor;
      outputs[`present.${layer}.${side}`] = tensor;
    }
  }
  for (const [name, own] of byLayer) {
    const { module, place } = own[0]!;
    const width = outFeaturesOf(place.layer, config);
    const { a, b, rank } = fusePairs(own, width);
    inputs[`lora_a.${name}`] = Tensor.from('float32', [module.inFeatures, rank], a);
    inputs[`lora_b.${name}`] = Tensor.from('float32', [rank, width], b);
    if (mask !== undefined) {
      inputs[`lora_mask.${name}`] = Tensor.from('float32', [1, rank], new Float32Array(rank).fill(mask));
    }
  }
  try {
    await session.prepare(inputs, outputs).run();
    return (outputs.logits as Tensor<'float32'>).data.slice();
  } finally {
    await session.dispose();
  }
}

async function expectedOf(file: string): Promise<Float32Array> {
  const bytes = await readFile(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function furthest(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

describe('an adapter', () => {
  const hf = path.join(models, 'llama-gqa');
  const gguf = path.join(models, 'gguf', 'llama-f32.gguf');

  it.each([
    ['every-layer', 'safetensors', 'every-layer'],
    ['rank-stabilized', 'safetensors', 'rank-stabilized'],
    ['plain', 'safetensors', 'plain'],
    ['plain', 'GGUF', 'plain'],
    ['plain.gguf', 'safetensors', 'plain'],
    ['plain.gguf', 'GGUF', 'plain'],
  ])('%s on %s computes what the merged model does', async (adapter, format, expected) => {
    const { tokens } = JSON.parse(await readFile(path.join(hf, 'expected.json'), 'utf8')) as { tokens: number[] };
    const model = await load(format === 'GGUF' ? gguf : hf);
    const pairs = await readAdapter(fixture(adapter), model.config);
    const merged = await expectedOf(path.join(fixture(expected), 'logits.bin'));
    expect(furthest(await logitsOf(model, pairs, tokens), merged)).toBeLessThan(1e-4);
    expect(furthest(await logitsOf(model, pairs, tokens, 1), merged)).toBeLessThan(1e-4);
    const base = await logitsOf(model, [], tokens);
    expect(furthest(base, merged)).toBeGreaterThan(0.01);
    // Masked out it changes no bit.
    expect(await logitsOf(model, pairs, tokens, 0)).toEqual(base);
  });

  it.each([
    [{ r: 7 }, 'InvalidFormat', /rank 3.*7/],
    [{ use_dora: true }, 'Unsupported', /use_dora/],
    [{ bias: 'all' }, 'Unsupported', /bias/],
    [{ modules_to_save: ['lm_head'] }, 'Unsupported', /modules_to_save/],
    [{ target_modules: ['q_proj', 'x_proj'] }, 'InvalidFormat', /x_proj/],
  ])('with %j in its configuration is refused', async (change, code, message) => {
    const { config } = await load(hf);
    const copy = path.join(folder, 'changed');
    await cp(fixture('plain'), copy, { recursive: true });
    const file = path.join(copy, 'adapter_config.json');
    const original = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...original, ...change }));
    await expect(readAdapter(copy, config)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('cut short is refused', async () => {
    const { config } = await load(hf);
    const copy = path.join(folder, 'cut.gguf');
    await writeFile(copy, (await readFile(fixture('plain.gguf'))).subarray(0, 9000));
    await expect(readAdapter(copy, config)).rejects.toMatchObject({ code: 'InvalidFormat' });
  });

  it('names a tensor that does not fit the model', async () => {
    const { config } = await load(hf);
    await expect(readAdapter(fixture('plain'), { ...config, intermediateSize: 128 })).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/_proj\.lora_.*has shape.*expected/),
    });
    await expect(readAdapter(fixture('plain'), { ...config, layers: 1 })).rejects.toMatchObject({
      code: 'Unsupported',
    });
    await expect(readAdapter(fixture('absent'), config)).rejects.toMatchObject({ code: 'NotFound' });
  });
});

function grouped(pairs: readonly AdapterPair[]): Map<string, AdapterPair[]> {
  const groups = new Map<string, AdapterPair[]>();
  for (const pair of pairs) {
    const name = layerNameOf(pair);
    groups.set(name, [...(groups.get(name) ?? []), pair]);
  }
  return groups;
}
