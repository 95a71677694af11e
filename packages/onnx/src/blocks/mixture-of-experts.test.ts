import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ExternalData, ExternalDataWriter } from '../graph/external-data.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import { randomFloats } from '../graph/testing/arrays.js';
import { type BlockQuantized, quantizeInt4, quantizeInt8 } from '../quantization/block-quantized.js';
import { OnnxRuntime } from '../runtime/onnx-runtime.js';
import { Tensor } from '../tensor/tensor.js';
import type { GateActivation } from './gated-mlp.js';
import type { LinearWeights } from './linear.js';
import { type ExpertWeights, mixtureOfExperts } from './mixture-of-experts.js';

interface ExpertsCase {
  readonly name: string;
  readonly experts: number;
  /** Of which each row uses so many. */
  readonly active: number;
  readonly normalized: boolean;
  readonly activation: GateActivation;
  readonly shared: boolean;
  /** [2, 5, hidden]. */
  readonly output: readonly number[];
}

/** Made by fixtures/make.py; weights and x are random numbers by seed. */
const cases: readonly ExpertsCase[] = JSON.parse(
  readFileSync(new URL('./fixtures/experts.json', import.meta.url), 'utf8'),
);
const [hidden, intermediate, blockSize] = [64, 32, 32];
const x = randomFloats(2 * 5 * hidden, 8);

type Floats = Float32Array<ArrayBuffer>;
/** Stores a matrix [rows, columns] as weights of one kind. */
type Store = (writer: ExternalDataWriter, matrix: Floats, rows: number, columns: number) => Promise<LinearWeights>;

const parameter = (length: number, seed: number, factor: number): Floats =>
  randomFloats(length, seed).map((value) => Math.fround(value * factor));

const asFloat32: Store = async (writer, matrix, rows, columns) => ({
  kind: 'float32',
  inFeatures: columns,
  outFeatures: rows,
  weight: await writer.add(transposed(matrix, rows, columns)),
});

describe('mixtureOfExperts', () => {
  it.each(cases)('is the block of transformers: $name', async (known) => {
    expect(difference(await mix(known, asFloat32, [2, 5]), known.output)).toBeLessThan(1e-5);
  });

  it('computes each row by itself, as a matrix of rows too, and leaves most experts without one', async () => {
    for (const known of cases) {
      const expected = known.output.slice(0, hidden);
      expect(difference(await mix(known, asFloat32, [1, 1]), expected)).toBeLessThan(1e-5);
      expect(difference(await mix(known, asFloat32, [1]), expected)).toBeLessThan(1e-5);
    }
  });

  describe.each<[string, (values: Floats) => BlockQuantized]>([
    ['int8', (values) => quantizeInt8(values, blockSize)],
    ['int4 with offsets', (values) => quantizeInt4(values, blockSize)],
    ['int4 without offsets', (values) => (({ offsets: _, ...rest }) => rest)(quantizeInt4(values, blockSize))],
  ])('with %s experts', (_name, quantize) => {
    const asDequantized: Store = (writer, matrix, rows, columns) =>
      asFloat32(writer, dequantized(quantize(matrix)), rows, columns);

    it.each([
      ['one row', [1, 1]],
      ['rows of two sequences', [2, 5]],
    ] as const)('multiplies with exactly those weights, for %s', async (_rows, leading) => {
      for (const known of cases) {
        const expected = [...(await mix(known, asDequantized, leading))];
        expect(difference(await mix(known, inBlocks(quantize, true), leading), expected)).toBeLessThan(1e-4);
        // Activations rounded to 8 bits: 1 / 254 of the largest in a block, in 64 and 32 products.
        expect(difference(await mix(known, inBlocks(quantize, false), leading), expected)).toBeLessThan(0.05);
      }
    });
  });

  it.each<[string, (weights: ExpertWeights) => ExpertWeights, number, string, RegExp]>([
    ['no experts', (weights) => ({ ...weights, experts: [] }), 2, 'InvalidParameter', /no experts/],
    ['more active experts than there are', (weights) => weights, 7, 'InvalidParameter', /uses 7 of 6 experts/],
    ['no active experts', (weights) => weights, 0, 'InvalidParameter', /uses 0 of 6 experts/],
    [
      'a router for fewer experts',
      (weights) => ({ ...weights, router: { ...weights.router, outFeatures: 5 } }),
      2,
      'InvalidParameter',
      /scores 5 experts, but there are 6/,
    ],
    [
      'an expert of another width',
      (weights) => changeDown(weights, { outFeatures: 8 }),
      2,
      'InvalidParameter',
      /gives 8/,
    ],
    ['experts of unequal sizes', (weights) => changeDown(weights, { inFeatures: 16 }), 2, 'InvalidParameter', /inner/],
    [
      'an expert in blocks of reordered inputs with offsets, as part of a joined layer',
      (weights) => {
        const data = { offset: 0, byteLength: 0 } as ExternalData;
        const blocks = { quants: data, scales: data, offsets: data, inputOrder: data };
        const part = {
          kind: 'block-quantized',
          bits: 4,
          blockSize: 16,
          inFeatures: 32,
          outFeatures: 16,
          ...blocks,
        } as const;
        return changeDown(weights, { kind: 'joined', parts: [part] } as Partial<LinearWeights>);
      },
      2,
      'Unsupported',
      /expert 3 is quantised in blocks of reordered inputs/,
    ],
    [
      'an expert quantised by rows',
      (weights) => changeDown(weights, { kind: 'row-quantized' } as Partial<LinearWeights>),
      2,
      'Unsupported',
      /expert 3 is quantised by rows/,
    ],
  ])('refuses %s', async (_name, change, count, code, message) => {
    await inFolder(async (folder) => {
      const writer = await ExternalDataWriter.create(path.join(folder, 'weights.bin'));
      const weights = change(await storeExperts(writer, asFloat32, { experts: 6, shared: false }));
      await writer.close();
      const graph = new GraphBuilder({ name: 'experts' });
      const input = graph.input('x', 'float32', ['rows', hidden]);
      expect(() => mixtureOfExperts(graph, input, weights, { active: count, normalized: true }, 'mlp')).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    });
  });
});

function changeDown(weights: ExpertWeights, change: Partial<LinearWeights>): ExpertWeights {
  const changed = weights.experts.map((expert, index) =>
    index === 3 ? { ...expert, down: { ...expert.down, ...change } as LinearWeights } : expert,
  );
  return { ...weights, experts: changed };
}

/** The mixture of the first rows of x, whose leading dimensions are these. */
async function mix(known: ExpertsCase, store: Store, leading: readonly number[]): Promise<Floats> {
  return await inFolder(async (folder) => {
    const writer = await ExternalDataWriter.create(path.join(folder, 'weights.bin'));
    const weights = await storeExperts(writer, store, known);
    await writer.close();
    const graph = new GraphBuilder({ name: 'experts' });
    const symbols = leading.map((_, axis) => `size${axis}`);
    const input = graph.input('x', 'float32', [...symbols, hidden]);
    const { active, normalized, activation } = known;
    const output = mixtureOfExperts(graph, input, weights, { active, normalized, activation }, 'mlp');
    expect(output.shape).toEqual([...symbols, hidden]);
    graph.output('y', output);
    await writeFile(path.join(folder, 'model.onnx'), graph.build());
    const session = await OnnxRuntime.load().openSession(path.join(folder, 'model.onnx'), { intraOpThreads: 1 });
    const rows = leading.reduce((product, size) => product * size, 1);
    const { y } = await session.run({ x: Tensor.from('float32', [...leading, hidden], x.slice(0, rows * hidden)) }, [
      'y',
    ]);
    const values = Float32Array.from(y.data as Floats);
    await session.dispose();
    return values;
  });
}

/** With the seeds of fixtures/make.py. The router stays float32: other weights would choose other experts. */
async function storeExperts(
  writer: ExternalDataWriter,
  store: Store,
  { experts, shared }: Pick<ExpertsCase, 'experts' | 'shared'>,
): Promise<ExpertWeights> {
  const gateUps = parameter(experts * 2 * intermediate * hidden, 2, 0.25);
  const downs = parameter(experts * hidden * intermediate, 3, 0.25);
  const part = (all: Floats, index: number) =>
    all.slice((index * all.length) / experts, ((index + 1) * all.length) / experts);
  const layers = [];
  for (let index = 0; index < experts; index++) {
    layers.push({
      gateUp: await store(writer, part(gateUps, index), 2 * intermediate, hidden),
      down: await store(writer, part(downs, index), hidden, intermediate),
    });
  }
  const router = await asFloat32(writer, parameter(experts * hidden, 1, 0.5), experts, hidden);
  if (!shared) return { router, experts: layers };
  const gateUp = Float32Array.of(
    ...parameter(intermediate * hidden, 4, 0.25),
    ...parameter(intermediate * hidden, 5, 0.25),
  );
  return {
    router,
    experts: layers,
    shared: {
      mlp: {
        gateUp: await store(writer, gateUp, 2 * intermediate, hidden),
        down: await store(writer, parameter(hidden * intermediate, 6, 0.25), hidden, intermediate),
      },
      gate: await asFloat32(writer, parameter(hidden, 7, 0.5), 1, hidden),
    },
  };
}

function inBlocks(quantize: (values: Floats) => BlockQuantized, exactInputs: boolean): Store {
  return async (writer, matrix, rows, columns) => {
    const { bits, quants, scales, offsets } = quantize(matrix);
    return {
      kind: 'block-quantized',
      inFeatures: columns,
      outFeatures: rows,
      bits,
      blockSize,
      exactInputs,
      quants: await writer.add(quants),
      scales: await writer.add(scales),
      ...(offsets ? { offsets: await writer.add(transposed(offsets, rows, columns / blockSize)) } : {}),
    };
  };
}

function dequantized({ bits, quants, scales, offsets }: BlockQuantized): Floats {
  return Float32Array.from({ length: (quants.length * 8) / bits }, (_, i) => {
    const quant = bits === 8 ? (quants[i] ?? 0) : ((quants[i >> 1] ?? 0) >> (4 * (i & 1))) & 15;
    const block = Math.floor(i / blockSize);
    return (scales[block] ?? 0) * (quant - 2 ** (bits - 1)) + (offsets?.[block] ?? 0);
  });
}

function transposed(matrix: ArrayLike<number>, rows: number, columns: number): Floats {
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)] ?? Number.NaN,
  );
}

function difference(actual: Floats, expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs((actual[i] ?? Number.NaN) - value)), 0);
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ferrum-experts-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
