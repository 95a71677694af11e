import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TensorReader } from '../../convert/tensor-reader.js';
import type { TensorInfo, WeightFile } from '../weight-file.js';
import { type Grouping, readGrouping } from './grouping.js';
import { ungroupWeights } from './ungroup-weights.js';

type Stored = Record<string, { type: TensorInfo['type']; dims: number[]; bytes: Uint8Array }>;

function fileOf(tensors: Stored): WeightFile {
  const entries = Object.entries(tensors).map(([name, { bytes, ...info }]): [string, TensorInfo] => [
    name,
    { name, ...info, offset: 0, byteLength: bytes.length, file: 'memory' },
  ]);
  return {
    format: 'safetensors',
    metadata: new Map(),
    tensors: new Map(entries),
    read: async (name) => Uint8Array.from(tensors[name]!.bytes),
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

const words = (dims: number[], values: ArrayLike<number>) =>
  ({ type: 'I32', dims, bytes: new Uint8Array(Int32Array.from(values).buffer) }) as const;

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly groupOf: readonly number[];
  readonly quant: (input: number, output: number) => number;
  readonly zero: (group: number, output: number) => number;
  readonly scale: (group: number, output: number) => number;
}

/** A layer as the formats' descriptions have it: a field of bits for each quant, one by one. */
function store(
  { inputs, outputs, groupOf, quant, zero, scale }: Layer,
  { method, bits, zeroOffset }: Grouping,
): Stored {
  const perWord = 32 / bits;
  const groups = Math.max(...groupOf) + 1;
  const nibbleOf = (column: number): number => (method === 'awq' ? [0, 4, 1, 5, 2, 6, 3, 7][column]! : column);
  const alongColumns = (rows: number, value: (row: number, column: number) => number) => {
    const packed = new Int32Array((rows * outputs) / perWord);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < outputs; column++) {
        const word = (row * outputs + column - (column % perWord)) / perWord;
        packed[word]! |= value(row, column) << (bits * nibbleOf(column % perWord));
      }
    }
    return words([rows, outputs / perWord], packed);
  };
  const alongRows = () => {
    const packed = new Int32Array((inputs * outputs) / perWord);
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < outputs; output++) {
        packed[Math.floor(input / perWord) * outputs + output]! |= quant(input, output) << (bits * (input % perWord));
      }
    }
    return words([inputs / perWord, outputs], packed);
  };
  const scales = Float32Array.from({ length: groups * outputs }, (_, i) => scale(Math.floor(i / outputs), i % outputs));
  return {
    'x.qweight': method === 'awq' ? alongColumns(inputs, quant) : alongRows(),
    'x.qzeros': alongColumns(groups, (group, output) => zero(group, output) - zeroOffset),
    'x.scales': { type: 'F32', dims: [groups, outputs], bytes: new Uint8Array(scales.buffer) },
    ...(method === 'gptq' ? { 'x.g_idx': words([inputs], groupOf) } : {}),
    'x.bias': { type: 'F32', dims: [outputs], bytes: new Uint8Array(4 * outputs) },
  };
}

const gptq = (bits: 4 | 8, groupSize: number | undefined, zeroOffset: 0 | 1): Grouping => ({
  method: 'gptq',
  bits,
  groupSize,
  zeroOffset,
});

describe('ungroupWeights', () => {
  it.each<[string, Grouping, boolean]>([
    ['GPTQ', gptq(4, 32, 1), false],
    ['GPTQ in act-order', gptq(4, 16, 1), true],
    ['GPTQ of version 2 in one group', gptq(4, undefined, 0), false],
    ['GPTQ of 8 bits', gptq(8, 32, 1), true],
    ['AWQ', { method: 'awq', bits: 4, groupSize: 32, zeroOffset: 0 }, false],
  ])('has exactly the values of %s', async (_name, grouping, isShuffled) => {
    const [inputs, outputs] = [64, 8];
    const size = grouping.groupSize ?? inputs;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10_000 }), fc.boolean(), async (seed, isSymmetric) => {
        const most = 2 ** grouping.bits - 1;
        const mixed = (a: number, b: number): number => (seed * 7919 + a * 104_729 + b * 1_299_709) % 65_521;
        const inOrder = Array.from({ length: inputs }, (_, input) => Math.floor(input / size));
        const shuffled = inOrder.map((_, input) => inOrder[(input * 5 + seed) % inputs]!);
        const layer: Layer = {
          inputs,
          outputs,
          groupOf: isShuffled ? shuffled : inOrder,
          quant: (input, output) => mixed(input, output) % (most + 1),
          // The first version of GPTQ's format holds 1 to 2^bits.
          zero: (group, output) =>
            isSymmetric ? (most + 1) / 2 : (mixed(group, output) % (most + 1)) + grouping.zeroOffset,
          scale: (group, output) => (1 + (mixed(output, group) % 2048)) / 65_536,
        };
        const file = await ungroupWeights(fileOf(store(layer, grouping)), grouping);
        expect([...file.tensors.keys()].toSorted()).toEqual(['x.bias', 'x.weight']);
        expect(file.tensors.get('x.weight')?.type).toBe(
          `${isSymmetric ? 'S' : 'U'}${grouping.bits}_${Math.min(size, 128)}`,
        );
        const values = await new TensorReader(file, () => {}).values('x.weight', [outputs, inputs]);
        for (const [i, value] of values.entries()) {
          const [output, input] = [Math.floor(i / inputs), i % inputs];
          const group = layer.groupOf[input]!;
          expect(value).toBe(0 + layer.scale(group, output) * (layer.quant(input, output) - layer.zero(group, output)));
        }
      }),
      { numRuns: 10 },
    );
  });

  const layer: Layer = {
    inputs: 64,
    outputs: 8,
    groupOf: Array.from({ length: 64 }, (_, input) => Math.floor(input / 32)),
    quant: () => 3,
    zero: () => 8,
    scale: () => 0.5,
  };
  const grouping = gptq(4, 32, 1);
  const stored = store(layer, grouping);
  const { 'x.qzeros': _zeros, ...withoutZeros } = stored;

  it.each<[string, Stored, string, RegExp]>([
    ['missing zero points', withoutZeros, 'InvalidFormat', /lacks the tensor "x\.qzeros"/],
    [
      'scales of another shape',
      { ...stored, 'x.scales': { type: 'F32', dims: [4, 4], bytes: new Uint8Array(64) } },
      'InvalidFormat',
      /"x\.scales" has shape \[4, 4\].*\[2, 8\]/,
    ],
    [
      'a group that is not there',
      { ...stored, 'x.g_idx': words([64], Array(64).fill(2)) },
      'InvalidFormat',
      /group 2 of 2/,
    ],
    [
      'groups of unequal sizes',
      { ...stored, 'x.g_idx': words([64], Array(64).fill(1)) },
      'Unsupported',
      /unequal sizes/,
    ],
    [
      'too few group numbers',
      { ...stored, 'x.g_idx': words([8], Array(8).fill(0)) },
      'InvalidFormat',
      /expected I32 \[64\]/,
    ],
    ['a layer that is there twice', { ...stored, 'x.weight': stored['x.bias']! }, 'InvalidFormat', /both "x\.weight"/],
  ])('refuses %s', async (_name, tensors, code, message) => {
    await expect(ungroupWeights(fileOf(tensors), grouping)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses scales that are no numbers, when they are read', async () => {
    const bytes = new Uint8Array(Float32Array.from({ length: 16 }, () => Number.NaN).buffer);
    const file = await ungroupWeights(
      fileOf({ ...stored, 'x.scales': { type: 'F32', dims: [2, 8], bytes } }),
      grouping,
    );
    await expect(file.read('x.weight')).rejects.toMatchObject({ code: 'InvalidFormat' });
  });
});

describe('readGrouping', () => {
  it('knows both versions of GPTQ, and AWQ', () => {
    const sizes = { bits: 4, group_size: 128 };
    expect(readGrouping({ ...sizes, desc_act: true }, 'f')).toEqual(gptq(4, 128, 1));
    expect(readGrouping({ quant_method: 'gptq', bits: 8, group_size: -1, checkpoint_format: 'gptq_v2' }, 'f')).toEqual(
      gptq(8, undefined, 0),
    );
    expect(readGrouping({ quant_method: 'awq', ...sizes, version: 'GEMM' }, 'f')).toEqual({
      method: 'awq',
      bits: 4,
      groupSize: 128,
      zeroOffset: 0,
    });
  });
});
