import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../graph/graph-builder.js';
import { OnnxRuntime } from '../runtime/onnx-runtime.js';
import { Tensor } from '../tensor/tensor.js';
import { branch } from './branch.js';

describe('branch', () => {
  it('computes its part where the condition holds, with constants of its own', async () => {
    const graph = new GraphBuilder({ name: 'test' });
    const [x, condition] = inputs(graph);
    // The same name as the branch's first constant would have.
    const shifted = graph.node('Add', [x, graph.scalar('float32', 1)]);
    const options = {
      condition,
      captured: [shifted],
      otherwise: x,
      build: (inner: GraphBuilder, [value]: readonly Value[]) =>
        inner.node('Mul', [value, inner.scalar('float32', 10)], { name: 'part.product' }),
    };
    graph.output('y', branch(graph, options, 'part'));
    expect(await run(graph, [1, 2], true)).toEqual([20, 30]);
    expect(await run(graph, [1, 2], false)).toEqual([1, 2]);
    expect(await run(graph, [], true)).toEqual([]);
  });

  it('refuses an input that it does not capture', () => {
    const graph = new GraphBuilder({ name: 'test' });
    const [x, condition] = inputs(graph);
    const build = (inner: GraphBuilder) => inner.input('more', 'float32', ['rows']);
    expect(() => branch(graph, { condition, captured: [x], otherwise: x, build }, 'part')).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining('input "more"') }),
    );
  });
});

function inputs(graph: GraphBuilder): [x: Value, condition: Value] {
  return [graph.input('x', 'float32', ['rows']), graph.input('condition', 'bool', [1])];
}

async function run(graph: GraphBuilder, x: readonly number[], condition: boolean): Promise<number[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ferrum-branch-'));
  try {
    const file = path.join(folder, 'model.onnx');
    await writeFile(file, graph.build());
    const session = await OnnxRuntime.load().openSession(file, { intraOpThreads: 1 });
    const { y } = await session.run(
      {
        x: Tensor.from('float32', [x.length], Float32Array.from(x)),
        condition: Tensor.from('bool', [1], Uint8Array.of(condition ? 1 : 0)),
      },
      ['y'],
    );
    const values = Array.from(y.data as Float32Array);
    await session.dispose();
    return values;
  } finally {
    await rm(folder, { recursive: true });
  }
}
