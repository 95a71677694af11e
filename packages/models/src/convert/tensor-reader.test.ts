import { describe, expect, it } from 'vitest';
import type { TensorInfo, WeightFile } from '../weights/weight-file.js';
import { blockLayouts, type WeightType } from '../weights/weight-type.js';
import { TensorReader, type TensorRows } from './tensor-reader.js';

interface TestTensor {
  readonly type: WeightType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

const float32 = (dims: readonly number[], values: readonly number[]): TestTensor => ({
  type: 'F32',
  dims,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

/** A weight file in memory, which notes how many bytes were asked for at once. */
function fileOf(tensors: Readonly<Record<string, TestTensor>>) {
  const reads: number[] = [];
  const entries = Object.entries(tensors).map(([name, { type, dims, bytes }]): [string, TensorInfo] => [
    name,
    { name, type, dims, offset: 0, byteLength: bytes.length, file: 'memory' },
  ]);
  const file: WeightFile = {
    format: 'safetensors',
    metadata: new Map(),
    tensors: new Map(entries),
    async read(name, range) {
      const tensor = tensors[name];
      if (!tensor) throw new Error(`the test has no tensor ${name}`);
      const part = Uint8Array.from(tensor.bytes.subarray(range?.start ?? 0, range?.end));
      reads.push(part.length);
      return part;
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
  return { file, reads };
}

function readerOf(tensors: Readonly<Record<string, TestTensor>>) {
  const { file, reads } = fileOf(tensors);
  const seen: string[] = [];
  return { reader: new TensorReader(file, (name) => seen.push(name)), seen, reads };
}

const numbers = (values: Float32Array | undefined): number[] | undefined => values && [...values];

async function joined(rows: AsyncIterable<Float32Array>): Promise<number[]> {
  const values: number[] = [];
  for await (const piece of rows) for (const value of piece) values.push(value);
  return values;
}

const layers = {
  'q.weight': float32([2, 3], [1, 2, 3, 4, 5, 6]),
  'q.bias': float32([2], [10, 20]),
  'k.weight': float32([1, 3], [7, 8, 9]),
  'v.weight': float32([1, 3], [-1, -2, -3]),
};
const queryKey: readonly TensorRows[] = [
  { name: 'q.weight', rows: 2, rowOrder: (row) => 1 - row },
  { name: 'k.weight', rows: 1 },
];
const biasName = (name: string): string => name.replace(/weight$/, 'bias');

describe('the values of a tensor', () => {
  it.each([
    ['a scalar', [], [3]],
    ['a vector', [2], [3, 4]],
    ['a kernel of three dimensions', [2, 1, 2], [1, 2, 3, 4]],
  ])('are read for %s', async (_name, dims, values) => {
    const { reader } = readerOf({ a: float32(dims, values) });
    expect(numbers(await reader.values('a', dims))).toEqual(values);
  });

  it('become float32', async () => {
    // IEEE 754 half precision: 1, -2 and 0.5.
    const bytes = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3800).buffer);
    const { reader } = readerOf({ a: { type: 'F16', dims: [3], bytes } });
    expect(numbers(await reader.values('a', [3]))).toEqual([1, -2, 0.5]);
  });

  it('are not to be had of integers, which the caller may leave unused', async () => {
    const { reader } = readerOf({ position_ids: { type: 'I64', dims: [1, 2], bytes: new Uint8Array(16) } });
    expect(reader.unused()).toEqual(['position_ids']);
    await expect(reader.values('position_ids', [1, 2])).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('I64'),
    });
  });
});

describe('what a model lacks or has too much', () => {
  const calls: [string, (reader: TensorReader, name: string, rows: number) => Promise<unknown>][] = [
    ['values', (reader, name, rows) => reader.values(name, [rows, 3])],
    ['rows', (reader, name, rows) => joined(reader.rows([{ name, rows }], 3))],
    ['transposed', (reader, name, rows) => reader.transposed([{ name, rows }], 3)],
  ];

  it.each(calls)('is named by %s when it is missing', async (_name, call) => {
    await expect(call(readerOf(layers).reader, 'o.weight', 2)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: 'The model lacks the tensor "o.weight"; the file is incomplete or of another kind.',
    });
  });

  it.each(calls)('is named by %s with both shapes, before anything is read', async (_name, call) => {
    const { reader, reads } = readerOf(layers);
    // So many rows would not fit in any memory.
    await expect(call(reader, 'q.weight', 2 ** 50)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: `Tensor "q.weight" has shape [2, 3], but the model's configuration says [${2 ** 50}, 3].`,
    });
    expect(reads).toEqual([]);
  });

  it.each([
    ['fewer dimensions', [6]],
    ['more dimensions', [2, 3, 1]],
    ['the shape turned', [3, 2]],
  ])('does not fit when the configuration says %s', async (_name, dims) => {
    await expect(readerOf(layers).reader.values('q.weight', dims)).rejects.toMatchObject({ code: 'InvalidFormat' });
  });

  it('is told apart: each tensor once as it is first asked for, the others at the end', async () => {
    const { reader, seen } = readerOf(layers);
    expect([reader.has('q.bias'), reader.has('k.bias')]).toEqual([true, false]);
    expect(reader.unused()).toEqual(['q.weight', 'q.bias', 'k.weight', 'v.weight']);
    await reader.transposed(queryKey, 3);
    await reader.values('k.weight', [1, 3]);
    expect(seen).toEqual(['q.weight', 'k.weight']);
    expect(reader.unused()).toEqual(['q.bias', 'v.weight']);
  });

  it('does not count as used when its shape was refused', async () => {
    const { reader, seen } = readerOf(layers);
    await reader.values('q.bias', [3]).catch(() => undefined);
    expect(reader.unused()).toContain('q.bias');
    expect(seen).toEqual([]);
  });
});

describe('the parts of a layer', () => {
  it('are joined row by row, each in its own order', async () => {
    expect(await joined(readerOf(layers).reader.rows(queryKey, 3))).toEqual([4, 5, 6, 1, 2, 3, 7, 8, 9]);
  });

  it('are turned', async () => {
    expect(numbers(await readerOf(layers).reader.transposed(queryKey, 3))).toEqual([4, 1, 7, 5, 2, 8, 6, 3, 9]);
  });

  it('have zeros for the bias that one of them lacks, and none when all lack it', async () => {
    const { reader } = readerOf(layers);
    expect(numbers(await reader.bias(queryKey, biasName))).toEqual([20, 10, 0]);
    expect(await reader.bias([{ name: 'k.weight', rows: 1 }], biasName)).toBeUndefined();
  });

  it('have a bias as long as their rows', async () => {
    const { reader } = readerOf({ ...layers, 'k.bias': float32([2], [1, 2]) });
    await expect(reader.bias(queryKey, biasName)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/"k\.bias" has shape \[2\].*\[1\]/),
    });
  });

  it.each<WeightType>(['F32', 'Q8_0'])(
    'are read in whole rows that take at most 4 MiB as float32: %s',
    async (type) => {
      const [rows, columns] = [3000, 1024];
      const { blockSize, blockBytes } = blockLayouts[type];
      const bytes = new Uint8Array(((rows * columns) / blockSize) * blockBytes);
      const { reader, reads } = readerOf({ a: { type, dims: [rows, columns], bytes } });
      const sizes: number[] = [];
      for await (const piece of reader.rows([{ name: 'a', rows }], columns)) sizes.push(piece.length);
      expect(sizes).toEqual([1024 * 1024, 1024 * 1024, (rows - 2048) * columns]);
      expect(reads.reduce((sum, size) => sum + size, 0)).toBe(bytes.length);
    },
  );
});
