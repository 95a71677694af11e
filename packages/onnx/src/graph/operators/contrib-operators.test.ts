import { expect, it } from 'vitest';
import { Tensor } from '../../tensor/tensor.js';
import { GraphBuilder, type Value } from '../graph-builder.js';
import { dot, largestDifference, randomFloats, rowsOf } from '../testing/arrays.js';
import { runGraph } from '../testing/run-graph.js';
import { addStandardNodes } from '../testing/standard-graph.js';

const xShape = [2, 3, 8];
const xData = randomFloats(48, 1);
const x = Tensor.from('float32', xShape, xData);
const xRows = rowsOf(xData, 8);
const sizes = { batch: 2, tokens: 3 };

/** A graph over `x` [batch, tokens, 8] above. */
function graphOfX(): { graph: GraphBuilder; input: Value } {
  const graph = new GraphBuilder({ name: 'contrib' });
  return { graph, input: graph.input('x', 'float32', ['batch', 'tokens', 8]) };
}

function erf(value: number): number {
  // The Maclaurin series; values here are small.
  let term = value;
  let sum = value;
  for (let n = 1; n < 40; n++) {
    term *= (-value * value) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function rmsNormalized(row: readonly number[], epsilon: number): readonly number[] {
  const root = Math.sqrt(dot(row, row) / row.length + epsilon);
  return row.map((value) => value / root);
}

it('ONNX Runtime gives every standard operator the inferred type and shape', async () => {
  const graph = new GraphBuilder({ name: 'standard' });
  const values = addStandardNodes(graph);
  const inputs = {
    x,
    ids: Tensor.from('int64', [2, 3], BigInt64Array.of(0n, 1n, 2n, 2n, 1n, 0n)),
    mask: Tensor.from('bool', [2, 3], Uint8Array.of(1, 0, 1, 0, 1, 0)),
    waves: Tensor.from('float32', [2, 4, 100], randomFloats(800, 2)),
  };
  expect(await runGraph(graph, values, inputs, sizes)).toHaveLength(values.length);
});

it('GELU variants follow their formulas', async () => {
  const { graph, input } = graphOfX();
  const bias = randomFloats(8, 3);
  const biasValue = graph.initializer('bias', 'float32', [8], bias);
  const tanhGelu = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  const [quick, fast, fastBiased, biased] = await runGraph(
    graph,
    [
      graph.node('QuickGelu', [input], { attributes: { alpha: 1 } }),
      graph.node('FastGelu', [input]),
      graph.node('FastGelu', [input, biasValue]),
      graph.node('BiasGelu', [input, biasValue]),
    ],
    { x },
    sizes,
  );
  const all = Array.from(xData);
  const shifted = all.map((v, index) => v + (bias[index % 8] ?? 0));
  expect(
    largestDifference(
      quick?.data ?? [],
      all.map((v) => v / (1 + Math.exp(-v))),
    ),
  ).toBeLessThan(1e-6);
  expect(largestDifference(fast?.data ?? [], all.map(tanhGelu))).toBeLessThan(1e-6);
  expect(largestDifference(fastBiased?.data ?? [], shifted.map(tanhGelu))).toBeLessThan(1e-6);
  const exact = shifted.map((v) => 0.5 * v * (1 + erf(v / Math.SQRT2)));
  expect(largestDifference(biased?.data ?? [], exact)).toBeLessThan(1e-6);
});

it('normalisations follow their formulas', async () => {
  const { graph, input } = graphOfX();
  const skipData = randomFloats(24, 4);
  const gamma = randomFloats(8, 5);
  const scale = graph.initializer('gamma', 'float32', [8], gamma);
  const skip = graph.input('skip', 'float32', [1, 'tokens', 8]);
  const beta = graph.float32s([1, 2, 3, 4, 5, 6, 7, 8]);
  const epsilon = 1e-5;
  const simple = graph.node('SimplifiedLayerNormalization', [input, scale], { attributes: { epsilon } });
  const choose = ['normalized', undefined, undefined, 'sum'] as const;
  const [skipped, , , sum] = graph.nodes('SkipSimplifiedLayerNormalization', [input, skip, scale], {
    outputs: choose,
    attributes: { epsilon },
  });
  const layer = graph.node('SkipLayerNormalization', [input, skip, scale, beta], { attributes: { epsilon } });
  const results = await runGraph(
    graph,
    [simple, skipped, sum, layer],
    { x, skip: Tensor.from('float32', [1, 3, 8], skipData) },
    sizes,
  );
  const skipRows = rowsOf(skipData, 8);
  const sums = xRows.map((row, index) => row.map((value, at) => value + (skipRows[index % 3]?.[at] ?? 0)));
  const scaled = (row: readonly number[]) => row.map((value, at) => value * (gamma[at] ?? 0));
  const centred = (row: readonly number[]) =>
    row.map((value) => value - row.reduce((all, other) => all + other / 8, 0));
  const expected = [
    xRows.flatMap((row) => scaled(rmsNormalized(row, epsilon))),
    sums.flatMap((row) => scaled(rmsNormalized(row, epsilon))),
    sums.flat(),
    sums.flatMap((row) => scaled(rmsNormalized(centred(row), epsilon)).map((value, at) => value + at + 1)),
  ];
  for (const [index, values] of expected.entries()) {
    expect(largestDifference(results[index]?.data ?? [], values)).toBeLessThan(1e-5);
  }
});

it.each([4, 8])('MatMulNBits and GatherBlockQuantized decode %i-bit blocks', async (bits) => {
  const [rows, columns, blockSize] = [32, 4, 16];
  const quants = Array.from({ length: rows * columns }, (_, index) => (index * 37 + 11) % 2 ** bits);
  const scales = Float32Array.from({ length: columns * 2 }, (_, index) => 0.01 * (index + 1));
  const zeroPoint = 2 ** (bits - 1);
  const weights = rowsOf(
    quants.map((quant, index) => (quant - zeroPoint) * (scales[Math.floor(index / blockSize)] ?? 0)),
    rows,
  );
  // Low bits first.
  const packed = Uint8Array.from(
    bits === 8 ? quants : rowsOf(quants, 2).map(([low = 0, high = 0]) => low | (high << 4)),
  );
  const graph = new GraphBuilder({ name: 'blocks' });
  const a = graph.input('a', 'float32', ['batch', 'tokens', rows]);
  const ids = graph.input('ids', 'int64', ['tokens']);
  const blob = (blockSize * bits) / 8;
  const matrix = graph.initializer('quants', 'uint8', [columns, 2, blob], packed);
  const table = graph.initializer('table', 'uint8', [columns, 2 * blob], packed);
  const scaleShapes = { flat: [columns * 2], rows: [columns, 2] };
  const flatScales = graph.initializer('flatScales', 'float32', scaleShapes.flat, scales);
  const rowScales = graph.initializer('rowScales', 'float32', scaleShapes.rows, scales);
  const attributes = { K: rows, N: columns, bits, block_size: blockSize, accuracy_level: 1 };
  const aData = randomFloats(2 * 3 * rows, 6);
  const [product, shifted, gathered] = await runGraph(
    graph,
    [
      graph.node('MatMulNBits', [a, matrix, rowScales], { attributes }),
      graph.node(
        'MatMulNBits',
        [
          a,
          matrix,
          flatScales,
          graph.initializer('zeros', 'uint8', [columns, (2 * bits) / 8], new Uint8Array((columns * 2 * bits) / 8)),
          undefined,
          graph.float32s([1, 2, 3, 4]),
        ],
        { attributes },
      ),
      graph.node('GatherBlockQuantized', [table, ids, rowScales], {
        attributes: { bits, block_size: blockSize, gather_axis: 0, quantize_axis: 1 },
      }),
    ],
    {
      a: Tensor.from('float32', [2, 3, rows], aData),
      ids: Tensor.from('int64', [3], BigInt64Array.of(3n, 0n, 2n)),
    },
    sizes,
  );
  const aRows = rowsOf(aData, rows);
  const expected = aRows.flatMap((row) => weights.map((weight) => dot(row, weight)));
  expect(largestDifference(product?.data ?? [], expected)).toBeLessThan(1e-4);
  const unshifted = weights.map((weight, column) =>
    weight.map((value, at) => value + zeroPoint * (scales[column * 2 + Math.floor(at / blockSize)] ?? 0)),
  );
  const biased = aRows.flatMap((row) => unshifted.map((weight, column) => dot(row, weight) + column + 1));
  expect(largestDifference(shifted?.data ?? [], biased)).toBeLessThan(1e-3);
  expect(
    largestDifference(
      gathered?.data ?? [],
      [3, 0, 2].flatMap((id) => weights[id] ?? []),
    ),
  ).toBeLessThan(1e-6);
});

it('integer products follow their formulas', async () => {
  const { graph, input } = graphOfX();
  const b = Int8Array.from({ length: 24 }, (_, index) => ((index * 29) % 255) - 127);
  const bScales = [0.01, 0.02, 0.03];
  const matrix = graph.initializer('b', 'int8', [8, 3], b);
  const columnScales = graph.float32s(bScales);
  const bias = graph.float32s([1, 2, 3]);
  const [quantized, scale, zero] = graph.nodes('DynamicQuantizeLinear', [input], { outputs: 3 });
  const dynamic = graph.node('DynamicQuantizeMatMul', [input, matrix, columnScales, undefined, bias]);
  const inputs = [quantized, matrix, scale, columnScales, zero, undefined, bias];
  const results = await runGraph(graph, [dynamic, graph.node('MatMulIntegerToFloat', inputs)], { x }, sizes);
  const columns = bScales.map((columnScale, column) =>
    Array.from({ length: 8 }, (_, row) => (b[row * 3 + column] ?? 0) * columnScale),
  );
  const exact = xRows.flatMap((row) => columns.map((column, index) => dot(row, column) + index + 1));
  // Eight products of a weight up to 3.8 with an activation rounded to half of 2 / 255.
  for (const result of results) expect(largestDifference(result.data, exact)).toBeLessThan(8 * 3.8 * (1 / 255));
  expect(results[0]?.data).toEqual(results[1]?.data);
});

it('FusedMatMul transposes and scales', async () => {
  const { graph, input } = graphOfX();
  const other = graph.initializer('other', 'float32', [3, 2, 4], randomFloats(24, 7));
  const inverse = graph.node('Transpose', [input], { attributes: { perm: [1, 0, 2] } });
  const results = await runGraph(
    graph,
    [
      graph.node('FusedMatMul', [input, input], { attributes: { transB: 1, alpha: 0.5 } }),
      // [tokens, batch, 8] as [batch, tokens, 8].
      graph.node('FusedMatMul', [inverse, input], { attributes: { transBatchA: 1, transB: 1 } }),
      graph.node('FusedMatMul', [other, other], { attributes: { transA: 1 } }),
    ],
    { x },
    sizes,
  );
  const batches = [xRows.slice(0, 3), xRows.slice(3)];
  const products = batches.flatMap((rows) => rows.flatMap((a) => rows.map((b) => dot(a, b))));
  expect(
    largestDifference(
      results[0]?.data ?? [],
      products.map((value) => value / 2),
    ),
  ).toBeLessThan(1e-5);
  expect(largestDifference(results[1]?.data ?? [], products)).toBeLessThan(1e-5);
  expect(results[2]?.dims).toEqual([3, 4, 4]);
});
