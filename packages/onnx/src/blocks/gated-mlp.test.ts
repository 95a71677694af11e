import { expect, it } from 'vitest';
import { GraphBuilder } from '../graph/graph-builder.js';
import { largestDifference } from '../graph/testing/arrays.js';
import { runGraph } from '../graph/testing/run-graph.js';
import { Tensor } from '../tensor/tensor.js';
import { type GateActivation, gated } from './gated-mlp.js';

// Values of torch.nn.functional.silu and gelu in float64 at −8, −3, −1, −0.25, 0, 0.5, 2, 9.
const gates = [-8, -3, -1, -0.25, 0, 0.5, 2, 9];
const activations: Readonly<Record<GateActivation, readonly number[]>> = {
  silu: [-0.002682801, -0.14227762, -0.268941421, -0.109455875, 0.0, 0.311229666, 1.761594156, 8.998889449],
  'gelu-tanh': [-0.0, -0.003637392, -0.158808009, -0.100324649, 0.0, 0.34571401, 1.954597694, 9.0],
  gelu: [-0.0, -0.004049694, -0.158655254, -0.100323419, 0.0, 0.345731231, 1.954499736, 9.0],
};

it.each(Object.entries(activations))('the gate goes through %s and multiplies', async (activation, expected) => {
  const graph = new GraphBuilder({ name: 'gate' });
  const x = graph.input('x', 'float32', ['rows', 16]);
  const values = Float32Array.of(...gates, 1, 2, 3, 4, 5, 6, 7, 8);
  const [y] = await runGraph(
    graph,
    [gated(graph, x, activation as GateActivation, 'mlp')],
    { x: Tensor.from('float32', [1, 16], values) },
    { rows: 1 },
  );
  expect(
    largestDifference(
      y?.data ?? [],
      expected.map((value, i) => value * (i + 1)),
    ),
  ).toBeLessThan(1e-5);
});
