import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../graph/decode-model.js';
import { ExternalDataWriter } from '../graph/external-data.js';
import { GraphBuilder, type Value } from '../graph/graph-builder.js';
import { type BlockQuantized, quantizeInt4, quantizeInt8 } from '../quantization/block-quantized.js';
import { rotateBlocks } from '../quantization/hadamard.js';
import { quantizeRowsInt8 } from '../quantization/row-quantized.js';
import { OnnxRuntime } from '../runtime/onnx-runtime.js';
import { Tensor } from '../tensor/tensor.js';
import { embedding } from './embedding.js';
import { gatedMlp } from './gated-mlp.js';
import { type LinearWeights, linear } from './linear.js';
import { addRmsNorm, headRmsNorm, rmsNorm } from './rms-norm.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ferrum-blocks-'));
});
afterAll(() => rm(directory, { recursive: true }));

const [inFeatures, outFeatures, blockSize] = [64, 6, 32];

/** Numbers of a fixed sequence in (−1, 1). */
const noise = (length: number, seed = 1) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));

/** Integers whose largest in each block of 16 or 32 is 127: rounding activations to 8 bits per block changes nothing. */
const exactActivations = (rows: number) =>
  Float32Array.from({ length: rows * inFeatures }, (_, i) => (i % 16 === 0 ? 127 : Math.round(126 * Math.sin(i * i))));

const weightAt = ({ bits, quants, scales, offsets }: BlockQuantized, i: number, size = blockSize): number => {
  const quant = bits === 8 ? quants[i]! : (quants[i >> 1]! >> (4 * (i & 1))) & 15;
  const block = Math.floor(i / size);
  return scales[block]! * (quant - 2 ** (bits - 1)) + (offsets?.[block] ?? 0);
};

async function store(
  writer: ExternalDataWriter,
  packed: BlockQuantized,
  rows: number,
  columns: number,
  size = blockSize,
): Promise<LinearWeights> {
  const blocks = columns / size;
  const transposed =
    packed.offsets &&
    Float32Array.from(packed.offsets, (_, i) => packed.offsets![(i % rows) * blocks + Math.floor(i / rows)]!);
  return {
    kind: 'block-quantized',
    inFeatures: columns,
    outFeatures: rows,
    bits: packed.bits,
    blockSize: size,
    quants: await writer.add(packed.quants),
    scales: await writer.add(packed.scales),
    ...(transposed ? { offsets: await writer.add(transposed) } : {}),
  };
}

/** Builds a graph in a folder of its own and runs it once. */
async function evaluate(
  build: (graph: GraphBuilder, writer: ExternalDataWriter) => Promise<void>,
  inputs: Record<string, Tensor>,
): Promise<Float32Array> {
  const folder = await mkdtemp(path.join(directory, 'graph-'));
  const graph = new GraphBuilder({ name: 'block' });
  const writer = await ExternalDataWriter.create(path.join(folder, 'weights.bin'));
  await build(graph, writer);
  await writer.close();
  await writeFile(path.join(folder, 'model.onnx'), graph.build());
  const session = await OnnxRuntime.load().openSession(path.join(folder, 'model.onnx'), { intraOpThreads: 1 });
  try {
    const { y } = await session.run(inputs, ['y']);
    return Float32Array.from(y!.data as Float32Array);
  } finally {
    await session.dispose();
  }
}

describe('linear', () => {
  const weights = noise(inFeatures * outFeatures);
  const variants = [
    ['int8', quantizeInt8(weights, blockSize)],
    ['int4 with offsets', quantizeInt4(weights, blockSize)],
    ['int4 without offsets', (({ offsets: _, ...rest }) => rest)(quantizeInt4(weights, blockSize))],
  ] as const;

  it.each(variants)('multiplies with exactly the %s weights, for one row and for several', async (_name, packed) => {
    const bias = noise(outFeatures, 5);
    for (const rows of [1, 5]) {
      const x = exactActivations(rows);
      const y = await evaluate(
        async (graph, writer) => {
          const input = graph.input('x', 'float32', [1, 'rows', inFeatures]);
          const layer = { ...(await store(writer, packed, outFeatures, inFeatures)), bias: await writer.add(bias) };
          graph.output('y', linear(graph, input, layer, 'layer'));
        },
        { x: Tensor.from('float32', [1, rows, inFeatures], x) },
      );
      for (let row = 0; row < rows; row++) {
        for (let n = 0; n < outFeatures; n++) {
          let expected = bias[n]!;
          for (let k = 0; k < inFeatures; k++)
            expected += x[row * inFeatures + k]! * weightAt(packed, n * inFeatures + k);
          // Sums of 64 products of size 127 in float32.
          expect(Math.abs(y[row * outFeatures + n]! - expected)).toBeLessThan(2e-3);
        }
      }
    }
  });

  it('multiplies with float32 weights', async () => {
    const plain = noise(inFeatures * outFeatures, 9);
    const x = exactActivations(1);
    const y = await evaluate(
      async (graph, writer) => {
        const input = graph.input('x', 'float32', [1, 1, inFeatures]);
        const float: LinearWeights = { kind: 'float32', inFeatures, outFeatures, weight: await writer.add(plain) };
        graph.output('y', linear(graph, input, float, 'layer'));
      },
      { x: Tensor.from('float32', [1, 1, inFeatures], x) },
    );
    for (let n = 0; n < outFeatures; n++) {
      let expected = 0;
      for (let k = 0; k < inFeatures; k++) expected += x[k]! * plain[k * outFeatures + n]!;
      expect(y[n]).toBeCloseTo(expected, 2);
    }
  });

  it('sums the blocks of one input once per block size, whatever the layers that use them', async () => {
    const sizes = [32, 16, 32];
    const layers = sizes.map((size) => quantizeInt4(weights, size));
    const x = exactActivations(1);
    let model: Uint8Array = new Uint8Array();
    const y = await evaluate(
      async (graph, writer) => {
        const input = graph.input('x', 'float32', [1, 1, inFeatures]);
        const products: Value[] = [];
        for (const [i, size] of sizes.entries()) {
          const layer = await store(writer, layers[i]!, outFeatures, inFeatures, size);
          products.push(linear(graph, input, layer, `layer${i}`));
        }
        graph.output('y', graph.node('Concat', products, { attributes: { axis: -1 } }));
        model = graph.build();
      },
      { x: Tensor.from('float32', [1, 1, inFeatures], x) },
    );
    expect(decodeModel(model).graph.nodes.filter(({ operator }) => operator === 'ReduceSum')).toHaveLength(2);
    for (const [i, size] of sizes.entries()) {
      for (let n = 0; n < outFeatures; n++) {
        let expected = 0;
        for (let k = 0; k < inFeatures; k++) expected += x[k]! * weightAt(layers[i]!, n * inFeatures + k, size);
        expect(Math.abs(y[i * outFeatures + n]! - expected)).toBeLessThan(2e-3);
      }
    }
  });

  it('knows blocks of 16 and 64 in 4 and 8 bits, side by side in a joined layer with one bias', async () => {
    const parts = [quantizeInt4(weights, 16), quantizeInt8(weights, 16), quantizeInt4(weights, 64)];
    const bias = noise(parts.length * outFeatures, 5);
    for (const rows of [1, 5]) {
      const x = exactActivations(rows);
      const y = await evaluate(
        async (graph, writer) => {
          const input = graph.input('x', 'float32', [1, 'rows', inFeatures]);
          const stored: LinearWeights[] = [];
          for (const part of parts) stored.push(await store(writer, part, outFeatures, inFeatures, part.blockSize));
          const layer = { kind: 'joined', inFeatures, outFeatures: bias.length, parts: stored } as const;
          graph.output('y', linear(graph, input, { ...layer, bias: await writer.add(bias) }, 'layer'));
        },
        { x: Tensor.from('float32', [1, rows, inFeatures], x) },
      );
      for (const [i, value] of y.entries()) {
        const [row, n] = [Math.floor(i / bias.length), i % bias.length];
        const part = parts[Math.floor(n / outFeatures)]!;
        let expected = bias[n]!;
        for (let k = 0; k < inFeatures; k++) {
          expected += x[row * inFeatures + k]! * weightAt(part, (n % outFeatures) * inFeatures + k, part.blockSize);
        }
        expect(Math.abs(value - expected)).toBeLessThan(2e-3);
      }
    }
  });

  it('takes inputs in the order of the weights columns', async () => {
    const packed = quantizeInt4(weights, blockSize);
    const order = Array.from({ length: inFeatures }, (_, column) => (column * 5 + 3) % inFeatures);
    const sorted = exactActivations(3);
    // What lands in a block after sorting has its largest value there, so that rounding changes nothing.
    const x = new Float32Array(sorted.length);
    for (let i = 0; i < x.length; i++) x[i - (i % inFeatures) + order[i % inFeatures]!] = sorted[i]!;
    const y = await evaluate(
      async (graph, writer) => {
        const input = graph.input('x', 'float32', ['rows', inFeatures]);
        const stored = await store(writer, packed, outFeatures, inFeatures);
        const inputOrder = await writer.add(BigInt64Array.from(order, BigInt));
        graph.output('y', linear(graph, input, { ...stored, inputOrder } as LinearWeights, 'layer'));
      },
      { x: Tensor.from('float32', [3, inFeatures], x) },
    );
    for (const [i, value] of y.entries()) {
      const [row, n] = [Math.floor(i / outFeatures), i % outFeatures];
      let expected = 0;
      for (let k = 0; k < inFeatures; k++) {
        expected += x[row * inFeatures + order[k]!]! * weightAt(packed, n * inFeatures + k);
      }
      expect(Math.abs(value - expected)).toBeLessThan(2e-3);
    }
  });

  it('can leave inputs as they are, whatever lies beside them in a block', async () => {
    const packed = quantizeInt8(weights, blockSize);
    for (const rows of [1, 40]) {
      // One large value a block: rounded to 8 bits, the others would be lost.
      const x = noise(rows * inFeatures, 3).map((value, i) => (i % 16 === 0 ? 1000 : value));
      const y = await evaluate(
        async (graph, writer) => {
          const input = graph.input('x', 'float32', ['rows', inFeatures]);
          const stored = await store(writer, packed, outFeatures, inFeatures);
          graph.output('y', linear(graph, input, { ...stored, exactInputs: true } as LinearWeights, 'layer'));
        },
        { x: Tensor.from('float32', [rows, inFeatures], x) },
      );
      for (let i = 0; i < y.length; i++) {
        const [row, n] = [Math.floor(i / outFeatures), i % outFeatures];
        let expected = 0;
        for (let k = 0; k < inFeatures; k++)
          expected += x[row * inFeatures + k]! * weightAt(packed, n * inFeatures + k);
        expect(Math.abs(y[i]! - expected)).toBeLessThan(2e-3);
      }
    }
  });
});

describe('linear with weights quantised by rows', () => {
  const weights = noise(inFeatures * outFeatures);
  const outliers = [5, 40];
  /** Outlier channels come scaled down by this, and their weights up. */
  const shrink = 2 ** -12;

  interface RowQuantizedOptions {
    readonly rotation?: number;
    readonly outliers?: readonly number[];
  }

  /** y for rows of x, outlier channels being scaled down already. */
  async function product(x: Float32Array<ArrayBuffer>, options: RowQuantizedOptions) {
    const rest = weights.slice();
    for (const channel of options.outliers ?? []) {
      for (let n = 0; n < outFeatures; n++) rest[n * inFeatures + channel] = 0;
    }
    if (options.rotation !== undefined) rotateBlocks(rest, options.rotation);
    const { quants, scales } = quantizeRowsInt8(rest, inFeatures);
    const y = await evaluate(
      async (graph, writer) => {
        const input = graph.input('x', 'float32', [1, 'rows', inFeatures]);
        const layer: LinearWeights = {
          kind: 'row-quantized',
          inFeatures,
          outFeatures,
          quants: await writer.add(
            quants.map((_, i) => quants[(i % outFeatures) * inFeatures + Math.floor(i / outFeatures)]!),
          ),
          scales: await writer.add(scales),
          ...(options.rotation === undefined ? {} : { rotation: options.rotation }),
          ...(options.outliers
            ? {
                outliers: {
                  channels: options.outliers,
                  weight: await writer.add(
                    Float32Array.from(
                      options.outliers.flatMap((k) =>
                        Array.from({ length: outFeatures }, (_, n) => weights[n * inFeatures + k]! / shrink),
                      ),
                    ),
                  ),
                },
              }
            : {}),
        };
        graph.output('y', linear(graph, input, layer, 'layer'));
      },
      { x: Tensor.from('float32', [1, x.length / inFeatures, inFeatures], x) },
    );
    return { y, quants, scales };
  }

  it('multiplies with exactly those weights where rounding a row changes nothing, and a row of zeros to zeros', async () => {
    const x = exactActivations(4);
    x.fill(0, 2 * inFeatures, 3 * inFeatures);
    for (let k = 0; k < inFeatures; k++) x[3 * inFeatures + k]! *= 2 ** -20;
    const { y, quants, scales } = await product(x, {});
    for (let row = 0; row < 4; row++) {
      for (let n = 0; n < outFeatures; n++) {
        let sum = 0;
        for (let k = 0; k < inFeatures; k++) sum += x[row * inFeatures + k]! * quants[n * inFeatures + k]!;
        const expected = sum * scales[n]!;
        expect(Math.abs(y[row * outFeatures + n]! - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
      }
    }
  });

  it.each([
    ['outliers', { outliers }],
    ['a rotation', { rotation: 32 }],
    ['outliers and a rotation', { rotation: 32, outliers }],
  ])('stays within the rounding of both sides with %s', async (_name, options: RowQuantizedOptions) => {
    const rows = 3;
    const x = noise(rows * inFeatures, 3);
    // 1000 times the others: rounded with them, it would leave them no steps.
    if (options.outliers)
      for (let row = 0; row < rows; row++) for (const k of outliers) x[row * inFeatures + k]! *= 1000;
    const given = x.map((value, i) => (options.outliers?.includes(i % inFeatures) ? value * shrink : value));
    const { y } = await product(given, options);
    for (let row = 0; row < rows; row++) {
      for (let n = 0; n < outFeatures; n++) {
        let expected = 0;
        for (let k = 0; k < inFeatures; k++) expected += x[row * inFeatures + k]! * weights[n * inFeatures + k]!;
        // Values reach 1, or 2.5 when rotated: steps of 0.02, so 64 products are off by 0.05 (one deviation); sums are of order 5.
        expect(Math.abs(y[row * outFeatures + n]! - expected)).toBeLessThan(0.2);
      }
    }
  });

  it('computes a row alike whatever rows stand beside it', async () => {
    const x = noise(3 * inFeatures, 7);
    x.fill(50, inFeatures, 2 * inFeatures);
    const { y } = await product(x, { rotation: 32, outliers });
    for (let row = 0; row < 3; row++) {
      const alone = await product(x.slice(row * inFeatures, (row + 1) * inFeatures), { rotation: 32, outliers });
      expect(alone.y).toEqual(y.slice(row * outFeatures, (row + 1) * outFeatures));
    }
  });
});

describe('embedding', () => {
  it.each([
    ['8 bits in blocks of 32', quantizeInt8(noise(10 * inFeatures), 32)],
    ['8 bits in blocks of 16', quantizeInt8(noise(10 * inFeatures), 16)],
    ['4 bits', (({ offsets: _, ...rest }) => rest)(quantizeInt4(noise(10 * inFeatures), 32))],
    ['4 bits with offsets', quantizeInt4(noise(10 * inFeatures), 16)],
  ] satisfies [string, BlockQuantized][])('looks up rows of %s exactly', async (_name, packed: BlockQuantized) => {
    const ids = [3n, 9n, 0n, 3n];
    const y = await evaluate(
      async (graph, writer) => {
        const layer = await store(writer, packed, 10, inFeatures, packed.blockSize);
        if (layer.kind !== 'block-quantized') throw new Error('expected blocks');
        const input = graph.input('ids', 'int64', ['batch', 'tokens']);
        const weights = { ...layer, vocabularySize: 10, hiddenSize: inFeatures };
        graph.output('y', embedding(graph, input, weights, 'embedding'));
      },
      { ids: Tensor.from('int64', [2, 2], BigInt64Array.from(ids)) },
    );
    expect(y).toHaveLength(ids.length * inFeatures);
    for (const [row, id] of ids.entries()) {
      for (let k = 0; k < inFeatures; k++) {
        const expected = weightAt(packed, Number(id) * inFeatures + k, packed.blockSize);
        const found = y[row * inFeatures + k]!;
        if (packed.offsets) expect(Math.abs(found - expected)).toBeLessThanOrEqual(2 ** -22);
        else expect(found).toBe(Math.fround(expected));
      }
    }
  });
});

describe('norms and the gated MLP', () => {
  const epsilon = 1e-5;
  const normalized = (x: Float32Array, weight: Float32Array) => {
    const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return Float32Array.from(x, (value, i) => (value / Math.sqrt(square + epsilon)) * weight[i]!);
  };

  it('follow their formulas', async () => {
    const [x, residual, weight] = [noise(inFeatures, 2), noise(inFeatures, 3), noise(inFeatures, 4)];
    const input = () => ({
      x: Tensor.from('float32', [1, 1, inFeatures], x),
      r: Tensor.from('float32', [1, 1, inFeatures], residual),
    });
    const shape = [1, 1, inFeatures];
    const plain = await evaluate(async (graph, writer) => {
      graph.input('r', 'float32', shape);
      graph.output('y', rmsNorm(graph, graph.input('x', 'float32', shape), await writer.add(weight), epsilon, 'norm'));
    }, input());
    const expected = normalized(x, weight);
    for (let k = 0; k < inFeatures; k++) expect(plain[k]).toBeCloseTo(expected[k]!, 5);

    const added = await evaluate(async (graph, writer) => {
      const [a, b] = [graph.input('x', 'float32', shape), graph.input('r', 'float32', shape)];
      const both = addRmsNorm(graph, a, b, await writer.add(weight), epsilon, 'norm');
      graph.output('y', graph.node('Add', [both.normalized, both.sum]));
    }, input());
    const sum = x.map((value, i) => value + residual[i]!);
    const sumNormalized = normalized(sum, weight);
    for (let k = 0; k < inFeatures; k++) expect(added[k]).toBeCloseTo(sumNormalized[k]! + sum[k]!, 5);
  });

  it('normalise each head by itself', async () => {
    const [heads, headDim] = [4, inFeatures / 4];
    const [x, weight] = [noise(3 * inFeatures, 2), noise(headDim, 4)];
    for (const leading of [[3], [1, 3]]) {
      const y = await evaluate(
        async (graph, writer) => {
          const symbols = leading.map((_, axis) => `size${axis}`);
          const input = graph.input('x', 'float32', [...symbols, inFeatures]);
          const options = { heads, headDim, epsilon };
          const output = headRmsNorm(graph, input, await writer.add(weight), options, 'norm');
          expect(output.shape).toEqual(input.shape);
          graph.output('y', output);
        },
        { x: Tensor.from('float32', [...leading, inFeatures], x) },
      );
      for (let head = 0; head < 3 * heads; head++) {
        const expected = normalized(x.slice(head * headDim, (head + 1) * headDim), weight);
        for (let i = 0; i < headDim; i++) expect(y[head * headDim + i]).toBeCloseTo(expected[i]!, 5);
      }
    }
  });

  it('compute down(silu(gate) · up)', async () => {
    const intermediate = 32;
    const gateUp = noise(2 * intermediate * inFeatures, 6); // [inFeatures, 2 · intermediate]
    const down = noise(inFeatures * intermediate, 7); // [intermediate, inFeatures]
    const x = noise(inFeatures, 8);
    const y = await evaluate(
      async (graph, writer) => {
        const layers = {
          gateUp: { kind: 'float32', inFeatures, outFeatures: 2 * intermediate, weight: await writer.add(gateUp) },
          down: { kind: 'float32', inFeatures: intermediate, outFeatures: inFeatures, weight: await writer.add(down) },
        } as const;
        graph.output('y', gatedMlp(graph, graph.input('x', 'float32', [1, 1, inFeatures]), layers, 'mlp'));
      },
      { x: Tensor.from('float32', [1, 1, inFeatures], x) },
    );
    const product = (column: number) =>
      x.reduce((sum, value, k) => sum + value * gateUp[k * 2 * intermediate + column]!, 0);
    const hidden = Array.from({ length: intermediate }, (_, i) => {
      const gate = product(i);
      return (gate / (1 + Math.exp(-gate))) * product(intermediate + i);
    });
    for (let n = 0; n < inFeatures; n++) {
      const expected = hidden.reduce((sum, value, i) => sum + value * down[i * inFeatures + n]!, 0);
      expect(Math.abs(y[n]! - expected)).toBeLessThan(1e-3);
    }
  });
});
