import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { linear } from '@ferrum/onnx';
import { afterAll, describe, expect, it } from 'vitest';
import { DecoderSession } from '../engine/decoder-session.js';
import { type Fixture, loadGgufFixture, loadRoundedFixture } from '../fixtures/load-fixture.js';
import { readDecoderRecord } from '../import/decoder-record.js';
import { graphFiles, importModel } from '../import/import-model.js';
import { openModelSource } from '../import/model-source.js';
import type { WeightStorage } from '../weights/storage.js';
import { buildDecoderGraph } from './decoder-graph.js';

const signal = new AbortController().signal;
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/**
 * Logits after each token, with weights stored so and activations not rounded: rounding those may choose another expert where two
 * are nearly alike, which they often are in models this small.
 */
async function logitsOf({ location, tokens }: Fixture, storage: WeightStorage): Promise<Float32Array[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ferrum-experts-'));
  folders.push(directory);
  await importModel(location, directory, storage, () => {});
  const { weights, config } = await openModelSource(location);
  await weights.close();
  const { decode } = await readDecoderRecord(directory);
  let products = 0;
  const graph = buildDecoderGraph(config, decode, {
    linear: (builder, x, layer, name) => {
      if (layer.kind !== 'block-quantized') return linear(builder, x, layer, name);
      products += 1;
      return linear(builder, x, { ...layer, exactInputs: true }, name);
    },
  });
  expect(products).toBeGreaterThan(2 * (config.experts?.count ?? Number.NaN));
  await writeFile(path.join(directory, graphFiles.float32), graph);
  const { contextLength } = config;
  const session = await DecoderSession.open(directory, config, { threads: 1, contextLength });
  const rows: Float32Array[] = [];
  try {
    for (const [past, token] of tokens.entries()) rows.push((await session.extend([token], past, signal)).slice());
    const last = rows.at(-1)!;
    const whole = await session.extend(tokens, 0, signal);
    for (const [i, value] of whole.entries()) expect(Math.abs(value - last[i]!)).toBeLessThan(1e-4);
  } finally {
    await session.dispose();
  }
  return rows;
}

const fixtures: readonly (readonly [string, Fixture, WeightStorage])[] = [
  ...(['qwen3-moe', 'qwen3-moe-k', 'mixtral'] as const).map(
    (name) => [`${name}.gguf`, loadGgufFixture(name), 'exact'] as const,
  ),
  ...(['qwen3-moe', 'mixtral'] as const).flatMap((name) =>
    (['int8', 'int4'] as const).map((storage) => [name, loadRoundedFixture(name, storage), storage] as const),
  ),
];

describe('experts in quantised storage', () => {
  it.each(fixtures)('have the logits of transformers over the same values: %s', async (_name, fixture, storage) => {
    const logits = await logitsOf(fixture, storage);
    for (const [row, expected] of fixture.logits.entries()) {
      for (const [i, value] of expected.entries()) expect(Math.abs(value - logits[row]![i]!)).toBeLessThan(1e-4);
    }
  });
});
