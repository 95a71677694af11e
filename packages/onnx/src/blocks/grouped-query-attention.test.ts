import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../graph/graph-builder.js';
import { dot, randomFloats } from '../graph/testing/arrays.js';
import { OnnxRuntime } from '../runtime/onnx-runtime.js';
import { Tensor } from '../tensor/tensor.js';
import { type GroupedQueryAttentionOptions, groupedQueryAttention } from './grouped-query-attention.js';
import { rotaryTable } from './rotary-table.js';

const [heads, kvHeads, capacity] = [4, 2, 40];

interface AttentionCase {
  readonly headDim: number;
  /** Elements of each head that are rotated. */
  readonly rotated: number;
  readonly apart: boolean;
  readonly int8: boolean;
  readonly options: Omit<GroupedQueryAttentionOptions, 'heads' | 'kvHeads'>;
}

/** Tokens of each row that are in the cache, and how many come. */
interface Step {
  readonly past: readonly number[];
  readonly tokens: number;
}

const steps: Readonly<Record<string, Step>> = {
  'a prompt': { past: [0], tokens: 9 },
  'two prompts': { past: [0, 0], tokens: 9 },
  'one token': { past: [17], tokens: 1 },
  'a token of each of three rows of different lengths': { past: [17, 2, 33], tokens: 1 },
  'a chunk of a prompt': { past: [13], tokens: 6 },
};

const variants: Readonly<Record<string, Pick<AttentionCase, 'headDim' | 'rotated' | 'apart'>>> = {
  'all side by side': { headDim: 32, rotated: 32, apart: false },
  'queries, keys and values apart': { headDim: 32, rotated: 32, apart: true },
  'half of each head rotated': { headDim: 32, rotated: 16, apart: false },
  'nothing rotated': { headDim: 24, rotated: 0, apart: true },
};

const optionSets: Readonly<Record<string, AttentionCase['options']>> = {
  'plain scores': {},
  'a scale': { scale: 0.3 },
  'a soft cap': { softcap: 1.5 },
  'a window': { slidingWindow: 4 },
  'a window of one': { slidingWindow: 1 },
  'a scale, a soft cap and a window': { scale: 0.4, softcap: 1.5, slidingWindow: 5 },
};

describe('groupedQueryAttention', () => {
  for (const [kind, int8] of [
    ['float32', false],
    ['int8', true],
  ] as const) {
    it.each(
      Object.keys(variants).flatMap((variant) => Object.keys(optionSets).map((options) => [variant, options] as const)),
    )(`is attention over a ${kind} cache with %s and %s`, async (variant, set) => {
      const shape = variants[variant];
      const options = optionSets[set];
      if (!shape || !options) throw new Error('no such case');
      const session = await openAttention({ ...shape, int8, options });
      for (const [index, [name, step]] of Object.entries(steps).entries()) {
        const { output, expected } = await session.run(step, index + 1);
        // An int8 key may round the other way where float32 and float64 differ: one step of 0.02 in a few scores.
        expect(largest(output, expected), name).toBeLessThan(int8 ? 0.02 : 2e-5);
      }
      await session.close();
    });
  }

  it.each<[string, Partial<AttentionCase>, string, RegExp]>([
    ['a width that the kernel cannot rotate', { rotated: 8 }, 'Unsupported', /rotates 8 elements/],
    ['a head size that it cannot rotate', { headDim: 24, rotated: 16 }, 'InvalidParameter', /multiple of 16/],
    ['tables wider than half a head', { headDim: 16, rotated: 32 }, 'InvalidParameter', /at most 8 at axis 1/],
    ['a window of 0', { options: { slidingWindow: 0 } }, 'InvalidParameter', /slidingWindow 0/],
    ['a window of 1.5', { options: { slidingWindow: 1.5 } }, 'InvalidParameter', /slidingWindow 1.5/],
    ['a soft cap of 0', { options: { softcap: 0 } }, 'InvalidParameter', /softcap 0/],
    ['a scale that is no number', { options: { scale: Number.NaN } }, 'InvalidParameter', /scale NaN/],
  ])('refuses %s', (_name, changes, code, message) => {
    const given: AttentionCase = { headDim: 32, rotated: 32, apart: false, int8: false, options: {}, ...changes };
    expect(() => buildAttention(given)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

function buildAttention({ headDim, rotated, apart, int8, options }: AttentionCase): GraphBuilder {
  const graph = new GraphBuilder({ name: 'attention' });
  const sequence = (name: string, count: number) => graph.input(name, 'float32', ['batch', 'tokens', count * headDim]);
  const cache = (name: string) => graph.input(name, int8 ? 'int8' : 'float32', ['batch', kvHeads, 'capacity', headDim]);
  const scale = (name: string) => (int8 ? graph.input(name, 'float32', [1, kvHeads, 1, headDim]) : undefined);
  const { output, presentKey, presentValue } = groupedQueryAttention(
    graph,
    {
      ...(apart
        ? { query: sequence('query', heads), key: sequence('key', kvHeads), value: sequence('value', kvHeads) }
        : { queryKeyValue: sequence('queryKeyValue', heads + 2 * kvHeads) }),
      pastKey: cache('pastKey'),
      pastValue: cache('pastValue'),
      keyScale: scale('keyScale'),
      valueScale: scale('valueScale'),
      seqlensK: graph.input('seqlens', 'int32', ['batch']),
      totalSequenceLength: graph.input('total', 'int32', []),
      ...(rotated > 0 ? tables(graph, rotated) : {}),
    },
    { heads, kvHeads, ...options },
    'attention',
  );
  graph.output('output', output);
  graph.output('presentKey', presentKey);
  graph.output('presentValue', presentValue);
  return graph;
}

function tables(graph: GraphBuilder, rotated: number): { cos: Value; sin: Value } {
  const { cos, sin } = rotaryTable({ headDim: rotated, theta: 100 }, capacity);
  const shape = [capacity, rotated / 2];
  return {
    cos: graph.initializer('cos', 'float32', shape, new Float32Array(cos)),
    sin: graph.initializer('sin', 'float32', shape, new Float32Array(sin)),
  };
}

async function openAttention(given: AttentionCase) {
  const folder = await mkdtemp(path.join(tmpdir(), 'ferrum-attention-'));
  await writeFile(path.join(folder, 'model.onnx'), buildAttention(given).build());
  const session = await OnnxRuntime.load().openSession(path.join(folder, 'model.onnx'), { intraOpThreads: 1 });
  const { headDim, int8, apart } = given;
  return {
    async run({ past, tokens }: Step, seed: number) {
      const batch = past.length;
      const random = (rows: number, count: number, salt: number) =>
        randomFloats(rows * count * headDim, 10 * seed + salt);
      const parts = [heads, kvHeads, kvHeads].map((count, index) => random(batch * tokens, count, index));
      const [query, key, value] = parts as [Floats, Floats, Floats];
      const scales = [3, 4].map((salt) => randomFloats(kvHeads * headDim, salt).map((x) => 0.01 + 0.005 * x));
      const [keyScale, valueScale] = scales as [Floats, Floats];
      // Beyond a row's past lies what must not be read.
      const cache = [5, 6].map((salt) => random(batch * kvHeads * capacity, 1, salt)) as [Floats, Floats];
      const [pastKey, pastValue] = cache.map((values) => {
        const dims = [batch, kvHeads, capacity, headDim];
        return int8
          ? Tensor.from(
              'int8',
              dims,
              Int8Array.from(values, (x) => Math.round(100 * x)),
            )
          : Tensor.from('float32', dims, values);
      }) as [Tensor, Tensor];
      // Read before the run, which writes into it.
      const [keys, values] = [pastKey, pastValue].map((tensor) =>
        Float64Array.from(tensor.data as Floats),
      ) as Doubles[];
      if (!keys || !values) throw new Error('unreachable');
      const sequence = (data: Floats, count: number) => Tensor.from('float32', [batch, tokens, count * headDim], data);
      const packed = Float32Array.from(
        Array.from({ length: batch * tokens }, (_, row) => row).flatMap((row) =>
          parts.flatMap((part) => [...rowOf(part, row, part.length / (batch * tokens))]),
        ),
      );
      const scaleTensor = (data: Floats) => Tensor.from('float32', [1, kvHeads, 1, headDim], data);
      const { output } = await session.run(
        {
          ...(apart
            ? { query: sequence(query, heads), key: sequence(key, kvHeads), value: sequence(value, kvHeads) }
            : { queryKeyValue: sequence(packed, heads + 2 * kvHeads) }),
          pastKey,
          pastValue,
          ...(int8 ? { keyScale: scaleTensor(keyScale), valueScale: scaleTensor(valueScale) } : {}),
          seqlens: Tensor.from(
            'int32',
            [batch],
            Int32Array.from(past, (length) => length + tokens - 1),
          ),
          total: Tensor.from('int32', [], Int32Array.of(Math.max(...past) + tokens)),
        },
        { output: null, presentKey: pastKey, presentValue: pastValue },
      );
      const expected = past.flatMap((length, row) => {
        const cached = (data: Doubles, scale: Floats) =>
          Array.from({ length: kvHeads }, (_, head) =>
            Array.from({ length }, (__, at) =>
              Array.from(rowOf(data, (row * kvHeads + head) * capacity + at, headDim), (x, i) =>
                int8 ? x * (scale[head * headDim + i] ?? 0) : x,
              ),
            ),
          );
        const fresh = (data: Floats, count: number) =>
          Array.from({ length: tokens }, (_, token) =>
            Array.from({ length: count }, (__, head) =>
              Array.from(rowOf(data, (row * tokens + token) * count + head, headDim)),
            ),
          );
        const written = (vector: readonly number[], head: number, scale: Floats) =>
          int8 ? vector.map((x, i) => asInt8(x, scale[head * headDim + i] ?? 1)) : vector;
        const rowKeys = cached(keys, keyScale);
        const rowValues = cached(values, valueScale);
        for (const [token, vectors] of fresh(key, kvHeads).entries()) {
          for (const [head, vector] of vectors.entries()) {
            rowKeys[head]?.push([...written(rotate(vector, length + token, given.rotated), head, keyScale)]);
          }
        }
        for (const vectors of fresh(value, kvHeads)) {
          for (const [head, vector] of vectors.entries()) {
            rowValues[head]?.push([...written(vector, head, valueScale)]);
          }
        }
        return fresh(query, heads).flatMap((queries, token) =>
          queries.flatMap((vector, head) => {
            const shared = Math.floor(head / (heads / kvHeads));
            const rotated = rotate(vector, length + token, given.rotated);
            return attend(rotated, rowKeys[shared] ?? [], rowValues[shared] ?? [], length + token, given.options);
          }),
        );
      });
      return { output: output.data as Floats, expected };
    },
    async close() {
      await session.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

type Floats = Float32Array<ArrayBuffer>;
type Doubles = Float64Array<ArrayBuffer>;

function rowOf<Data extends Floats | Doubles>(data: Data, row: number, columns: number): Data {
  return data.subarray(row * columns, (row + 1) * columns) as Data;
}

function asInt8(value: number, scale: number): number {
  return scale * Math.min(127, Math.max(-128, Math.round(value / scale)));
}

/** Half-split rotary embedding (Su et al. 2021) of the first `rotated` elements with θ = 100. */
function rotate(vector: readonly number[], position: number, rotated: number): readonly number[] {
  const half = rotated / 2;
  return vector.map((value, at) => {
    if (at >= rotated) return value;
    const angle = position * 100 ** (-(at % half) / half);
    const other = (at < half ? -1 : 1) * (vector[(at + half) % rotated] ?? 0);
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

/** Attention of one query at `position` over all the keys that it may see. */
function attend(
  query: readonly number[],
  keys: readonly (readonly number[])[],
  values: readonly (readonly number[])[],
  position: number,
  { scale = 1 / Math.sqrt(query.length), softcap, slidingWindow = Number.POSITIVE_INFINITY }: AttentionCase['options'],
): readonly number[] {
  const first = Math.max(0, position + 1 - slidingWindow);
  const seen = keys.slice(first, position + 1);
  const scores = seen.map((key) => dot(query, key) * scale);
  const capped = softcap === undefined ? scores : scores.map((score) => softcap * Math.tanh(score / softcap));
  const weights = capped.map(Math.exp);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return query.map((_, at) =>
    dot(
      weights.map((weight) => weight / total),
      seen.map((__, index) => values[first + index]?.[at] ?? Number.NaN),
    ),
  );
}

function largest(actual: Floats, expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs((actual[i] ?? Number.NaN) - value)), 0);
}
