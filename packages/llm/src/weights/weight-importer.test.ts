import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { blockLayouts, dequantize, float32ToFloat16 } from '@ferrum/models';
import { type ExternalData, ExternalDataWriter } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { memoryWeights } from '../testing/memory-weights.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { float32, type TestTensor } from '../testing/test-tensor.js';
import type { WeightStorage } from './storage.js';
import { WeightImporter } from './weight-importer.js';

const folder = temporaryFolder();
let files = 0;

/** Imports from tensors in memory; `bytes` reads back what was written. */
async function importing<T>(
  tensors: Readonly<Record<string, TestTensor>>,
  storage: WeightStorage,
  work: (importer: WeightImporter) => Promise<T>,
  onRead?: (name: string, byteLength: number) => void,
): Promise<{ readonly result: T; readonly bytes: (data: ExternalData) => Buffer; readonly seen: readonly string[] }> {
  files += 1;
  const file = path.join(folder, `${files}.bin`);
  const seen: string[] = [];
  const writer = await ExternalDataWriter.create(file);
  try {
    const importer = new WeightImporter(memoryWeights(tensors, onRead), writer, storage, (name) => seen.push(name));
    const result = await work(importer);
    await writer.close();
    const written = await readFile(file);
    return { result, seen, bytes: ({ offset, byteLength }) => written.subarray(offset, offset + byteLength) };
  } finally {
    await writer.close();
  }
}

/**
 * Rows of blocks of 32 in which weight i of block n is scale · q(n, i) + minimum(n); Q4_0 has its minimum at −8 · scale.
 * Layout: ggml-common.h of ggml; nibble i is weight i, or weight i − 16 in the high half.
 */
function quantized(type: 'Q4_0' | 'Q4_1', rows: number, columns = 32): { tensor: TestTensor; values: number[] } {
  const { blockBytes } = blockLayouts[type];
  const blocks = (rows * columns) / 32;
  const bytes = Buffer.alloc(blocks * blockBytes);
  const values: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const scale = (block + 1) / 16;
    const minimum = type === 'Q4_0' ? -8 * scale : -block - 0.25;
    const quants = Array.from({ length: 32 }, (_, i) => (5 * i + block) % 16);
    const at = block * blockBytes;
    bytes.writeUInt16LE(float32ToFloat16(scale), at);
    if (type === 'Q4_1') bytes.writeUInt16LE(float32ToFloat16(minimum), at + 2);
    for (let i = 0; i < 16; i++) bytes[at + blockBytes - 16 + i] = quants[i]! | (quants[i + 16]! << 4);
    values.push(...quants.map((quant) => scale * quant + minimum));
  }
  return { tensor: { type, dims: [rows, columns], bytes }, values };
}

/** Weight `at` of packed 4-bit pairs. */
const nibble = (quants: Buffer, at: number): number => (quants[at >> 1]! >> (4 * (at & 1))) & 15;

const floats = (buffer: Buffer): number[] =>
  Array.from({ length: buffer.length / 4 }, (_, i) => buffer.readFloatLE(4 * i));

/** The float32 tensor's value at [row, column] of 32 columns. */
const valueAt = ({ bytes }: TestTensor, row: number, column: number, columns = 32): number =>
  new DataView(bytes.buffer).getFloat32(4 * (row * columns + column), true);

describe('what a model lacks or has too much', () => {
  const tensors = { 'a.weight': float32([4, 32]), 'b.weight': float32([4]) };
  const calls: [string, (importer: WeightImporter) => Promise<unknown>][] = [
    ['values', (importer) => importer.values('missing.weight', 4)],
    ['vector', (importer) => importer.vector('missing.weight', 4)],
    ['linear', (importer) => importer.linear([{ name: 'missing.weight', rows: 4 }], 32)],
    ['embedding', (importer) => importer.embedding('missing.weight', 4, 32)],
  ];

  it.each(calls)('names the missing tensor of %s', async (_name, call) => {
    await expect(importing(tensors, 'exact', call)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining('"missing.weight"'),
    });
  });

  it.each<[string, (importer: WeightImporter) => Promise<unknown>, string, string, string]>([
    ['a longer vector', (importer) => importer.vector('b.weight', 5), 'b.weight', '[4]', '[5]'],
    [
      'fewer rows',
      (importer) => importer.linear([{ name: 'a.weight', rows: 3 }], 32),
      'a.weight',
      '[4, 32]',
      '[3, 32]',
    ],
    [
      'more columns',
      (importer) => importer.linear([{ name: 'a.weight', rows: 4 }], 64),
      'a.weight',
      '[4, 32]',
      '[4, 64]',
    ],
    ['a matrix for a vector', (importer) => importer.embedding('b.weight', 4, 32), 'b.weight', '[4]', '[4, 32]'],
    ['the matrix turned', (importer) => importer.embedding('a.weight', 32, 4), 'a.weight', '[4, 32]', '[32, 4]'],
  ])('names a tensor and both shapes when the configuration wants %s', async (_name, call, name, has, wants) => {
    const error = await importing(tensors, 'exact', call).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'InvalidFormat' });
    expect((error as Error).message).toContain(`"${name}" has shape ${has}`);
    expect((error as Error).message).toContain(wants);
  });

  it('knows which tensors nobody asked for, and tells of each of the others once', async () => {
    const { result, seen } = await importing(tensors, 'float32', async (importer) => {
      expect(importer.unused()).toEqual(['a.weight', 'b.weight']);
      await importer.embedding('a.weight', 4, 32);
      await importer.linear([{ name: 'a.weight', rows: 4 }], 32);
      return importer.unused();
    });
    expect(result).toEqual(['b.weight']);
    expect(seen).toEqual(['a.weight']);
  });
});

describe('an embedding table', () => {
  it('keeps the 4 bits of Q4_0', async () => {
    const { tensor, values } = quantized('Q4_0', 6);
    const { result, bytes } = await importing({ table: tensor }, 'exact', (importer) =>
      importer.embedding('table', 6, 32),
    );
    if (result.kind !== 'block-quantized') throw new Error('expected blocks');
    expect(result).toMatchObject({ bits: 4, blockSize: 32, vocabularySize: 6, hiddenSize: 32 });
    const [quants, scales] = [bytes(result.quants), floats(bytes(result.scales))];
    expect(quants).toHaveLength(6 * 16);
    for (const [at, value] of values.entries()) {
      expect(scales[Math.floor(at / 32)]! * (nibble(quants, at) - 8)).toBe(value);
    }
  });

  it('keeps the offsets of Q4_1, which the lookup and a tied head share', async () => {
    const { tensor, values } = quantized('Q4_1', 6);
    const { result, bytes } = await importing({ table: tensor }, 'exact', (importer) =>
      importer.embedding('table', 6, 32),
    );
    if (result.kind !== 'block-quantized' || !result.offsets) throw new Error('expected blocks with offsets');
    expect(result).toMatchObject({ bits: 4, blockSize: 32 });
    const quants = bytes(result.quants);
    const [scales, offsets] = [floats(bytes(result.scales)), floats(bytes(result.offsets))];
    for (const [at, value] of values.entries()) {
      const row = Math.floor(at / 32);
      expect(scales[row]! * (nibble(quants, at) - 8) + offsets[row]!).toBe(value);
    }
  });

  it('is read and written in pieces of at most 4 MiB', async () => {
    const rows = 40_000;
    const table = float32([rows, 32]);
    const sizes: number[] = [];
    const { result, bytes } = await importing(
      { table },
      'float32',
      (importer) => importer.embedding('table', rows, 32),
      (_name, byteLength) => sizes.push(byteLength),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(table.bytes.length);
    if (result.kind !== 'float32') throw new Error('expected float32');
    expect(bytes(result.table).equals(table.bytes)).toBe(true);
  });
});

describe('a linear layer', () => {
  it('joins the rows of its parts, each in its own order, and turns them for a float32 product', async () => {
    const [first, second] = [float32([3, 32]), float32([2, 32])];
    const { result, bytes } = await importing(
      { 'first.weight': first, 'second.weight': second },
      'float32',
      (importer) =>
        importer.linear(
          [
            { name: 'first.weight', rows: 3, rowOrder: (row) => 2 - row },
            { name: 'second.weight', rows: 2 },
          ],
          32,
        ),
    );
    if (result.kind !== 'float32') throw new Error('expected float32');
    const rows = [2, 1, 0].map((row) => [first, row] as const).concat([0, 1].map((row) => [second, row] as const));
    const expected = Array.from({ length: 32 }, (_, i) => rows.map(([tensor, row]) => valueAt(tensor, row, i))).flat();
    expect(floats(bytes(result.weight))).toEqual(expected);
  });

  it('keeps Q4_1 exact, with the offsets of a block side by side for all rows', async () => {
    const { tensor, values } = quantized('Q4_1', 5, 64);
    const { result, bytes } = await importing({ 'w.weight': tensor }, 'exact', (importer) =>
      importer.linear([{ name: 'w.weight', rows: 5 }], 64),
    );
    if (result.kind !== 'block-quantized' || !result.offsets) throw new Error('expected blocks with offsets');
    const quants = bytes(result.quants);
    const [scales, offsets] = [floats(bytes(result.scales)), floats(bytes(result.offsets))];
    for (const [at, value] of values.entries()) {
      const [row, block] = [Math.floor(at / 64), Math.floor((at % 64) / 32)];
      expect(scales[row * 2 + block]! * (nibble(quants, at) - 8) + offsets[block * 5 + row]!).toBe(value);
    }
  });

  it('joins neighbours of one layout, and gives others a product of their own', async () => {
    const [q, k] = [quantized('Q4_1', 3), quantized('Q4_0', 2)];
    const v: TestTensor = { type: 'Q8_0', dims: [4, 32], bytes: new Uint8Array(4 * 34) };
    const parts = [
      { name: 'q.weight', rows: 3 },
      { name: 'k.weight', rows: 2 },
      { name: 'v.weight', rows: 4 },
    ];
    const tensors = { 'q.weight': q.tensor, 'k.weight': k.tensor, 'v.weight': v, 'k.bias': float32([2], [1, 2]) };
    const { result, bytes } = await importing(tensors, 'exact', (importer) => importer.linear(parts, 32));
    if (result.kind !== 'joined' || !result.bias) throw new Error('expected parts and a bias');
    expect(result).toMatchObject({
      outFeatures: 9,
      parts: [
        { outFeatures: 5, bits: 4, blockSize: 32 },
        { outFeatures: 4, bits: 8, blockSize: 32 },
      ],
    });
    expect(floats(bytes(result.bias))).toEqual([0, 0, 0, 1, 2, 0, 0, 0, 0]);
    const [first, second] = result.parts;
    if (first?.kind !== 'block-quantized' || !first.offsets) throw new Error('expected offsets for Q4_1');
    expect(second).not.toHaveProperty('offsets');
    // Q4_0 needs none: d · (q − 8).
    expect(floats(bytes(first.offsets)).slice(3)).toEqual([0, 0]);
  });

  it('keeps columns as they are stored, and says which input each is for', async () => {
    const bytes = new Uint8Array(2 * 20).map((_, i) => 17 * i);
    const columnOrder = Int32Array.from({ length: 32 }, (_, column) => (column * 5) % 32);
    const tensor: TestTensor = { type: 'S4_32', dims: [2, 32], bytes, columnOrder };
    const layer = { name: 'w.weight', rows: 2 };
    const stored = await importing({ 'w.weight': tensor }, 'exact', (importer) => importer.linear([layer], 32));
    if (stored.result.kind !== 'block-quantized' || !stored.result.inputOrder) throw new Error('expected an order');
    const order = stored.bytes(stored.result.inputOrder);
    expect([...columnOrder.keys()].map((i) => Number(order.readBigInt64LE(8 * i)))).toEqual([...columnOrder]);
    expect([...stored.bytes(stored.result.quants)]).toEqual([...bytes.subarray(4, 20), ...bytes.subarray(24)]);

    const values = dequantize('S4_32', bytes);
    const turned = await importing({ 'w.weight': tensor }, 'float32', (importer) => importer.linear([layer], 32));
    if (turned.result.kind !== 'float32') throw new Error('expected float32');
    const weight = floats(turned.bytes(turned.result.weight));
    for (const [column, input] of columnOrder.entries()) expect(weight[2 * input + 1]).toBe(values[32 + column]);
  });

  it('gives parts without a bias zeros beside those that have one', async () => {
    const tensors = {
      'q.weight': float32([2, 32]),
      'q.bias': float32([2], [1, 2]),
      'k.weight': float32([3, 32]),
    };
    const { result, bytes } = await importing(tensors, 'exact', async (importer) => {
      const layer = await importer.linear(
        [
          { name: 'q.weight', rows: 2, rowOrder: (row) => 1 - row },
          { name: 'k.weight', rows: 3 },
        ],
        32,
      );
      expect(importer.unused()).toEqual([]);
      return layer;
    });
    if (!result.bias) throw new Error('expected a bias');
    expect(floats(bytes(result.bias))).toEqual([2, 1, 0, 0, 0]);
  });

  it('names a bias of the wrong length', async () => {
    const tensors = { 'q.weight': float32([2, 32]), 'q.bias': float32([3]) };
    const layer = importing(tensors, 'exact', (importer) => importer.linear([{ name: 'q.weight', rows: 2 }], 32));
    await expect(layer).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/"q\.bias" has shape \[3\].*\[2\]/),
    });
  });

  it('refuses to round a quantised file to 4 bits, naming its type', async () => {
    const { tensor } = quantized('Q4_0', 2);
    const layer = importing({ 'w.weight': tensor }, 'int4', (importer) =>
      importer.linear([{ name: 'w.weight', rows: 2 }], 32),
    );
    await expect(layer).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('Q4_0'),
      details: { parameter: 'quantization', type: 'Q4_0' },
    });
  });
});
