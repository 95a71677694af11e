import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InferenceRequest } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { openEngine, openReferenceEngine } from '../../dist/index.js';
import { loadOnnxFixture, onnxFixtures } from '../fixtures/load-fixture.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { readFolderConfig } from './folder-config.js';
import { importDecoder } from './import-decoder.js';
import { readLayout } from './layout.js';
import { OnnxDecoderRunner } from './onnx-decoder-runner.js';

const folder = temporaryFolder();
const models = createModelStore({ home: path.join(folder, 'home') });
let copies = 0;

const resolve = () => Promise.reject(new Error('nothing else is needed'));
const context = (reference: string, options: Readonly<Record<string, unknown>> = {}) => ({
  model: { reference },
  models,
  options: { threads: 1, ...options },
  resolve,
});

function newFolder(): string {
  copies += 1;
  const directory = path.join(folder, String(copies));
  mkdirSync(directory);
  return directory;
}

function copyOf(name: (typeof onnxFixtures)[number]): string {
  const directory = newFolder();
  cpSync(loadOnnxFixture(name).location, directory, { recursive: true });
  return directory;
}

async function openRunner(name: (typeof onnxFixtures)[number]): Promise<OnnxDecoderRunner> {
  const { location } = loadOnnxFixture(name);
  const directory = newFolder();
  const graph = path.join(location, name === 'community-int4' ? 'onnx/model_q4.onnx' : 'model.onnx');
  await importDecoder({ graph, config: await readFolderConfig(location), directory }, () => {});
  return OnnxDecoderRunner.open(directory, { threads: 1, slots: 3, capacity: 80 });
}

const greedy = (tokens: readonly number[], maxTokens = 16): InferenceRequest => ({
  prompt: [...tokens],
  sampling: { temperature: 0, maxTokens, ignoreEos: true },
});

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] as number))), 0);
}

/** Float16 rounds each value of a layer, in an order that depends on the run's shape; int4 rounds activations to 8 bits. */
const tolerances = {
  'genai-float32': 1e-3,
  'genai-float16': 2e-2,
  'genai-float16-in-place': 2e-2,
  'community-int4': 1e-3,
  'optimum-plain': 1e-3,
};

describe.each(onnxFixtures)('%s', (name) => {
  const fixture = loadOnnxFixture(name);
  const { tokens } = fixture;
  const tolerance = tolerances[name];

  it('gives the expected logits after every token, in one run, in chunks and one by one', async () => {
    const runner = await openRunner(name);
    try {
      const V = runner.vocabularySize;
      const check = (logits: Float32Array, from: number): void => {
        for (let row = 0; row * V < logits.length; row++) {
          const difference = largestDifference(
            logits.slice(row * V, (row + 1) * V),
            fixture.logits[from + row] as Float32Array,
          );
          expect(difference).toBeLessThan(tolerance);
        }
      };
      check(await runner.extend(0, tokens, 0, 'all'), 0);
      for (const [from, to] of [
        [0, 7],
        [7, 15],
        [15, 24],
      ] as const) {
        check(await runner.extend(1, tokens.slice(from, to), from, 'all'), from);
      }
      for (const [past, token] of tokens.slice(0, 12).entries())
        check(await runner.extend(2, [token], past, 'last'), past);
    } finally {
      await runner.dispose();
    }
  });

  it('decodes rows of different lengths side by side as each alone', async () => {
    const runner = await openRunner(name);
    try {
      const V = runner.vocabularySize;
      const pasts = [18, 5, 11];
      for (const [slot, past] of pasts.entries()) await runner.extend(slot, tokens.slice(0, past), 0, 'last');
      for (let step = 0; step < 4; step++) {
        const rows = pasts.map((past) => ({ token: tokens[past + step] as number, past: past + step }));
        const logits = await runner.decode(rows);
        for (const [slot, { past }] of rows.entries()) {
          const row = logits.slice(slot * V, (slot + 1) * V);
          expect(largestDifference(row, fixture.logits[past] as Float32Array)).toBeLessThan(tolerance);
        }
      }
    } finally {
      await runner.dispose();
    }
  });

  it('continues a prompt as the reference does, in both engines, alone and in a batch', async () => {
    await using engine = await openEngine(context(fixture.location, { maxRunningRequests: 3 }));
    const alone = await engine.infer(greedy(tokens));
    expect(alone.tokens).toEqual(fixture.greedy.tokens);
    const lengths = [24, 3, 17, 12, 20];
    const batch = await Promise.all(lengths.map((length) => engine.infer(greedy(tokens.slice(0, length), 10))));
    await using reference = await openReferenceEngine(context(fixture.location));
    expect((await reference.infer(greedy(tokens))).tokens).toEqual(fixture.greedy.tokens);
    for (const [index, length] of lengths.entries()) {
      const single = await reference.infer(greedy(tokens.slice(0, length), 10));
      expect(batch[index]?.tokens).toEqual(single.tokens);
    }
  });
});

it('takes cached prefixes', async () => {
  for (const name of onnxFixtures) {
    const { location, tokens, greedy: expected } = loadOnnxFixture(name);
    await using engine = await openEngine(context(location, { blockSize: 4 }));
    await engine.infer(greedy(tokens));
    const again = await engine.infer(greedy(tokens));
    expect(again.tokens).toEqual(expected.tokens);
    expect(again.usage.cachedTokens).toBeGreaterThan(0);
  }
});

it('goes on after a preemption', async () => {
  for (const name of onnxFixtures) {
    const { location, tokens, greedy: expected } = loadOnnxFixture(name);
    await using engine = await openEngine(
      context(location, { maxRunningRequests: 1, prefixCacheBytes: 0, blockSize: 4 }),
    );
    let urgent: Promise<unknown> | undefined;
    const answer: number[] = [];
    for await (const chunk of engine.inferStream({ ...greedy(tokens), priority: 'low' })) {
      answer.push(...chunk.tokens);
      if (answer.length >= 3) urgent ??= engine.infer({ ...greedy(tokens.slice(0, 9), 4), priority: 'critical' });
    }
    await urgent;
    expect(answer).toEqual(expected.tokens);
  }
});

it('agrees with what onnxruntime-genai itself generates', () => {
  const withGenai = onnxFixtures.map(loadOnnxFixture).filter(({ genai }) => genai !== undefined);
  expect(withGenai.length).toBeGreaterThan(0);
  for (const { genai, greedy: expected } of withGenai) expect(genai).toEqual(expected.tokens);
});

it('knows which graphs extend their cache in place, and which rows may share runs', async () => {
  const layouts: Record<string, unknown> = {};
  for (const name of onnxFixtures) {
    const { location } = loadOnnxFixture(name);
    const directory = newFolder();
    const graph = path.join(location, name === 'community-int4' ? 'onnx/model_q4.onnx' : 'model.onnx');
    await importDecoder({ graph, config: await readFolderConfig(location), directory }, () => {});
    const { inPlace, rowsTogether, cacheType } = await readLayout(directory);
    layouts[name] = { inPlace, rowsTogether, cacheType };
  }
  expect(layouts).toEqual({
    'genai-float32': { inPlace: true, rowsTogether: true, cacheType: 'float32' },
    'genai-float16': { inPlace: false, rowsTogether: true, cacheType: 'float16' },
    'genai-float16-in-place': { inPlace: true, rowsTogether: true, cacheType: 'float16' },
    'community-int4': { inPlace: true, rowsTogether: true, cacheType: 'float32' },
    'optimum-plain': { inPlace: false, rowsTogether: true, cacheType: 'float32' },
  });
});

describe('refuses', () => {
  const failing = async (reference: string, options?: Readonly<Record<string, unknown>>): Promise<unknown> =>
    openEngine(context(reference, options)).then(
      () => 'opened',
      (error: unknown) => error,
    );

  it.each([
    ['fastPrefill', { fastPrefill: true }],
    ['kvCacheType', { kvCacheType: 'int8' }],
    ['quantization', { quantization: 'int8' }],
    ['graphFile', { graphFile: 'onnx/none.onnx' }],
    ['contextLength', { contextLength: 129 }],
  ])('the option %s', async (parameter, options) => {
    const error = await failing(loadOnnxFixture('community-int4').location, options);
    expect(error).toMatchObject({ code: 'InvalidParameter', details: { parameter } });
  });

  it('a graph without its external data', async () => {
    const directory = copyOf('community-int4');
    rmSync(path.join(directory, 'onnx', 'model_q4.onnx_data'));
    expect(await failing(directory)).toMatchObject({
      code: 'NotFound',
      message: expect.stringMatching(/model_q4\.onnx_data is missing/),
    });
  });

  it('external data that were cut off', async () => {
    const directory = copyOf('genai-float32');
    truncateSync(path.join(directory, 'model.onnx.data'), 1000);
    expect(await failing(directory)).toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/cut off/),
    });
  });

  it('a graph that is damaged', async () => {
    const directory = copyOf('optimum-plain');
    writeFileSync(
      path.join(directory, 'model.onnx'),
      readFileSync(path.join(directory, 'model.onnx')).subarray(0, 9000),
    );
    expect(await failing(directory)).toMatchObject({ code: 'InvalidFormat' });
  });

  it('a graph that is no decoder, saying what it lacks', async () => {
    const directory = copyOf('optimum-plain');
    const encoder = new URL('../../../embed/src/fixtures/onnx-bert/onnx/', import.meta.url);
    cpSync(path.join(fileURLToPath(encoder), 'model.onnx'), path.join(directory, 'model.onnx'));
    expect(await failing(directory)).toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/past_key_values\.0\.key.*keeps no keys and values/),
    });
  });

  it('a configuration that is missing or damaged', async () => {
    const directory = copyOf('genai-float32');
    writeFileSync(path.join(directory, 'genai_config.json'), '{"model":{"type":"llama"}}');
    expect(await failing(directory)).toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/genai_config/),
    });
    rmSync(path.join(directory, 'genai_config.json'));
    expect(await failing(directory)).toMatchObject({
      code: 'NotFound',
      message: expect.stringMatching(/config\.json/),
    });
  });
});
