import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder, Tensor } from '@ferrum/onnx';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openGraph } from './open-graph.js';

function doubling(): Uint8Array {
  const graph = new GraphBuilder({ name: 'doubling' });
  const x = graph.input('x', 'float32', [1]);
  graph.output('y', graph.node('Add', [x, x]));
  return graph.build();
}

describe('a model made in memory', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('opens, and leaves no file behind, whether it is a model or not', async () => {
    // A folder of its own: others write to the common one.
    const folder = await mkdtemp(join(tmpdir(), 'ferrum-open-graph-'));
    vi.stubEnv('TMPDIR', folder);
    try {
      const session = await openGraph(doubling(), { intraOpThreads: 1 });
      const { y } = await session.run({ x: Tensor.from('float32', [1], Float32Array.of(3)) });
      expect(y?.data[0]).toBe(6);
      await session.dispose();
      await expect(openGraph(new Uint8Array(10), {})).rejects.toMatchObject({ code: 'InvalidFormat' });
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('cannot open where there is no folder for temporary files, which the error names', async () => {
    vi.stubEnv('TMPDIR', '/nowhere');
    await expect(openGraph(doubling(), {})).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('/nowhere'),
    });
  });
});
