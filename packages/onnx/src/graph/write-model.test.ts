import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxRuntime } from '../runtime/onnx-runtime.js';
import { Tensor } from '../tensor/tensor.js';
import { decodeModel } from './decode-model.js';
import { GraphBuilder } from './graph-builder.js';
import { readModel } from './read-model.js';
import { randomFloats } from './testing/arrays.js';
import { writeModel } from './write-model.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ferrum-write-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const weights = randomFloats(32 * 32, 1);
const bias = randomFloats(32, 2);

/** x · weights + bias. */
function linear() {
  const graph = new GraphBuilder({ name: 'linear', metadata: { origin: 'a test' } });
  const x = graph.input('x', 'float32', [1, 32]);
  const product = graph.node('MatMul', [x, graph.initializer('weights', 'float32', [32, 32], weights)]);
  graph.output('y', graph.node('Add', [product, graph.initializer('bias', 'float32', [32], bias)]));
  return decodeModel(graph.build(), 'linear');
}

async function run(file: string): Promise<Float32Array> {
  const session = await OnnxRuntime.load().openSession(file);
  try {
    const { y } = await session.run({ x: Tensor.from('float32', [1, 32], randomFloats(32, 3)) });
    if (!(y?.data instanceof Float32Array)) throw new Error('no y');
    return y.data.slice();
  } finally {
    await session.dispose();
  }
}

describe('a written model', () => {
  it('has its large constants in a file beside it, and its small ones in itself', async () => {
    const file = path.join(directory, 'linear.onnx');
    await writeModel(file, linear());
    const { initializers } = (await readModel(file)).graph;
    const kinds = Object.fromEntries(initializers.map(({ name, data }) => [name, data.kind]));
    expect(kinds).toEqual({ weights: 'external', bias: 'inline' });
    const beside = await readFile(path.join(directory, 'linear.bin'));
    expect(beside.includes(Buffer.from(weights.buffer))).toBe(true);
    expect((await stat(file)).size).toBeLessThan(1000);
  });

  it('computes what it should', async () => {
    const file = path.join(directory, 'computed.onnx');
    await writeModel(file, linear());
    const x = randomFloats(32, 3);
    const y = await run(file);
    for (let column = 0; column < 32; column += 1) {
      let sum = bias[column] as number;
      for (let row = 0; row < 32; row += 1) sum += (x[row] as number) * (weights[row * 32 + column] as number);
      expect(y[column]).toBeCloseTo(sum, 4);
    }
  });

  it('is otherwise the model that it was', async () => {
    const file = path.join(directory, 'same.onnx');
    const model = linear();
    await writeModel(file, model);
    const read = await readModel(file);
    expect(read).toMatchObject({
      irVersion: model.irVersion,
      opsets: model.opsets,
      metadata: model.metadata,
      graph: { nodes: model.graph.nodes, inputs: model.graph.inputs, outputs: model.graph.outputs },
    });
    expect(read.graph.initializers.map(({ name, type, shape }) => ({ name, type, shape }))).toEqual(
      model.graph.initializers.map(({ name, type, shape }) => ({ name, type, shape })),
    );
  });

  it('leaves the given model as it was', async () => {
    const model = linear();
    await writeModel(path.join(directory, 'given.onnx'), model);
    expect(model.graph.initializers.every(({ data }) => data.kind === 'inline')).toBe(true);
  });

  it('where no file can be: says so', async () => {
    await expect(writeModel(path.join(directory, 'nowhere', 'x.onnx'), linear())).rejects.toMatchObject({
      code: expect.stringMatching(/^(IO|NotFound)$/),
      message: expect.stringContaining('x.bin'),
    });
  });
});
