import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GraphBuilder } from '../graph/graph-builder.js';
import { Tensor } from '../tensor/tensor.js';
import type { OnnxRuntime } from './onnx-runtime.js';

const size = 64;

/**
 * Whether the processor multiplies unsigned with signed bytes exactly. Without VNNI, AVX2 adds pairs of products in 16 bits,
 * where two of 255 · 127 do not fit.
 */
export async function probeByteProducts(runtime: OnnxRuntime): Promise<boolean> {
  const graph = new GraphBuilder({ name: 'byte-products' });
  const x = graph.input('x', 'uint8', [size, size]);
  const weights = graph.initializer('weights', 'int8', [size, size], new Int8Array(size * size).fill(127));
  graph.output('y', graph.node('MatMulInteger', [x, weights]));
  const folder = await mkdtemp(path.join(tmpdir(), 'ferrum-probe-'));
  try {
    const file = path.join(folder, 'probe.onnx');
    await writeFile(file, graph.build());
    const session = await runtime.openSession(file, { intraOpThreads: 1 });
    try {
      const bytes = Tensor.from('uint8', [size, size], new Uint8Array(size * size).fill(255));
      const { y } = await session.run({ x: bytes }, ['y']);
      return (y.data as Int32Array).every((sum) => sum === size * 255 * 127);
    } finally {
      await session.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
