import { expect, it } from 'vitest';
import { Tensor } from '../../tensor/tensor.js';
import { GraphBuilder } from '../graph-builder.js';
import { dot, largestDifference, randomFloats, rowsOf } from '../testing/arrays.js';
import { runGraph } from '../testing/run-graph.js';

type Rows = readonly (readonly number[])[];

/** softmax(q·kᵀ / √d)·v for one head; row i of the queries sees the first `visible(i)` keys. */
function attend(queries: Rows, keys: Rows, values: Rows, visible: (row: number) => number): Rows {
  return queries.map((query, row) => {
    const seen = keys.slice(0, visible(row));
    const weights = seen.map((key) => Math.exp(dot(query, key) / Math.sqrt(query.length)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return query.map((_, at) =>
      dot(
        weights.map((weight) => weight / total),
        seen.map((__, key) => values[key]?.[at] ?? 0),
      ),
    );
  });
}

/** Half-split rotary embedding (Su et al. 2021) with θ = 10000. */
function rotate(row: readonly number[], position: number): readonly number[] {
  const half = row.length / 2;
  return row.map((value, at) => {
    const angle = position * 10000 ** (-(at % half) / half);
    const other = (at < half ? -1 : 1) * (row[(at + half) % row.length] ?? 0);
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

function tables(graph: GraphBuilder, positions: number, headDim: number) {
  const half = headDim / 2;
  const angles = Array.from(
    { length: positions * half },
    (_, at) => Math.floor(at / half) * 10000 ** (-(at % half) / half),
  );
  return [
    graph.initializer('cos', 'float32', [positions, half], Float32Array.from(angles, Math.cos)),
    graph.initializer('sin', 'float32', [positions, half], Float32Array.from(angles, Math.sin)),
  ];
}

/** Columns of one head. */
function head(rows: Rows, index: number, headDim: number): Rows {
  return rows.map((row) => row.slice(index * headDim, (index + 1) * headDim));
}

it('GroupQueryAttention over a packed input and a past', async () => {
  const [heads, kvHeads, headDim, past, tokens] = [4, 2, 16, 3, 1];
  const width = (heads + 2 * kvHeads) * headDim;
  const graph = new GraphBuilder({ name: 'attention' });
  const cacheShape = ['batch', kvHeads, 'past', headDim] as const;
  const present = { type: 'float32', shape: ['batch', kvHeads, 'past + tokens', headDim] } as const;
  const values = graph.nodes(
    'GroupQueryAttention',
    [
      graph.input('qkv', 'float32', ['batch', 'tokens', width]),
      undefined,
      undefined,
      graph.input('pastKey', 'float32', cacheShape),
      graph.input('pastValue', 'float32', cacheShape),
      graph.input('seqlens', 'int32', ['batch']),
      graph.input('total', 'int32', []),
      ...tables(graph, 8, headDim),
    ],
    {
      attributes: { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1 },
      outputs: 3,
      outputTypes: [undefined, present, present],
    },
  );
  const qkv = randomFloats(width, 1);
  const [keyCache, valueCache] = [randomFloats(kvHeads * past * headDim, 2), randomFloats(kvHeads * past * headDim, 3)];
  const cache = (data: Float32Array<ArrayBuffer>) => Tensor.from('float32', [1, kvHeads, past, headDim], data);
  const [output, presentKey] = await runGraph(
    graph,
    values,
    {
      qkv: Tensor.from('float32', [1, tokens, width], qkv),
      pastKey: cache(keyCache),
      pastValue: cache(valueCache),
      seqlens: Tensor.from('int32', [1], Int32Array.of(past)),
      total: Tensor.from('int32', [], Int32Array.of(past + tokens)),
    },
    { batch: 1, tokens, past },
  );
  const parts = rowsOf(qkv, headDim);
  const queries = parts.slice(0, heads).map((query) => rotate(query, past));
  const group = (index: number, data: Float32Array) => rowsOf(data, headDim).slice(index * past, (index + 1) * past);
  const keys = [0, 1].map((index) => [...group(index, keyCache), rotate(parts[heads + index] ?? [], past)]);
  const vectors = [0, 1].map((index) => [...group(index, valueCache), parts[heads + kvHeads + index] ?? []]);
  const expected = queries.flatMap((query, index) => {
    const shared = Math.floor(index / (heads / kvHeads));
    return attend([query], keys[shared] ?? [], vectors[shared] ?? [], () => past + 1).flat();
  });
  expect(largestDifference(output?.data ?? [], expected)).toBeLessThan(1e-5);
  expect(largestDifference(presentKey?.data ?? [], keys.flat(2))).toBeLessThan(1e-5);
});

it('MultiHeadAttention with a past', async () => {
  const [heads, headDim, past, tokens] = [2, 8, 2, 3];
  const hidden = heads * headDim;
  const graph = new GraphBuilder({ name: 'attention' });
  const sequence = (name: string) => graph.input(name, 'float32', ['batch', 'tokens', hidden]);
  const cache = (name: string) => graph.input(name, 'float32', ['batch', heads, 'past', headDim]);
  const values = graph.nodes(
    'MultiHeadAttention',
    [
      sequence('q'),
      sequence('k'),
      sequence('v'),
      undefined,
      undefined,
      undefined,
      cache('pastKey'),
      cache('pastValue'),
    ],
    { attributes: { num_heads: heads, unidirectional: 1 }, outputs: 3 },
  );
  const [q, k, v] = [1, 2, 3].map((seed) => randomFloats(tokens * hidden, seed));
  const [pastKey, pastValue] = [4, 5].map((seed) => randomFloats(heads * past * headDim, seed));
  if (!q || !k || !v || !pastKey || !pastValue) throw new Error('unreachable');
  const [output] = await runGraph(
    graph,
    values,
    {
      ...Object.fromEntries(
        Object.entries({ q, k, v }).map(([name, data]) => [name, Tensor.from('float32', [1, tokens, hidden], data)]),
      ),
      pastKey: Tensor.from('float32', [1, heads, past, headDim], pastKey),
      pastValue: Tensor.from('float32', [1, heads, past, headDim], pastValue),
    },
    { batch: 1, tokens, past },
  );
  const perHead = Array.from({ length: heads }, (_, index) => {
    const before = (data: Float32Array<ArrayBuffer>) => rowsOf(data, headDim).slice(index * past, (index + 1) * past);
    const of = (data: Float32Array<ArrayBuffer>) => head(rowsOf(data, hidden), index, headDim);
    return attend(of(q), [...before(pastKey), ...of(k)], [...before(pastValue), ...of(v)], (row) => past + row + 1);
  });
  const expected = Array.from({ length: tokens }, (_, row) => perHead.flatMap((rows) => rows[row] ?? [])).flat();
  expect(largestDifference(output?.data ?? [], expected)).toBeLessThan(1e-5);
});

it('RotaryEmbedding turns each head by its position', async () => {
  const graph = new GraphBuilder({ name: 'rotary' });
  const x = graph.input('x', 'float32', ['batch', 2, 'tokens', 16]);
  const positions = graph.input('positions', 'int64', ['batch', 'tokens']);
  const data = randomFloats(2 * 3 * 16, 1);
  const [output] = await runGraph(
    graph,
    [graph.node('RotaryEmbedding', [x, positions, ...tables(graph, 8, 16)])],
    {
      x: Tensor.from('float32', [1, 2, 3, 16], data),
      positions: Tensor.from('int64', [1, 3], BigInt64Array.of(4n, 5n, 7n)),
    },
    { batch: 1, tokens: 3 },
  );
  const expected = rowsOf(data, 16).flatMap((row, index) => rotate(row, [4, 5, 7][index % 3] ?? 0));
  expect(largestDifference(output?.data ?? [], expected)).toBeLessThan(1e-5);
});
