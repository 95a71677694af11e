import { expect, it } from 'vitest';
import { GraphBuilder } from '../graph/graph-builder.js';
import { largestDifference } from '../graph/testing/arrays.js';
import { runGraph } from '../graph/testing/run-graph.js';
import { Tensor } from '../tensor/tensor.js';
import { softCap } from './soft-cap.js';

it('keeps values within ±cap', async () => {
  const graph = new GraphBuilder({ name: 'cap' });
  const x = graph.input('x', 'float32', ['rows', 6]);
  const values = [-1e9, -30, -0.1, 0, 25, 1e9];
  const [y] = await runGraph(
    graph,
    [softCap(graph, x, 30, 'cap')],
    { x: Tensor.from('float32', [1, 6], Float32Array.from(values)) },
    { rows: 1 },
  );
  expect(
    largestDifference(
      y?.data ?? [],
      values.map((value) => 30 * Math.tanh(value / 30)),
    ),
  ).toBeLessThan(1e-5);
});
