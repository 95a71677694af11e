import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnnxRuntime } from '../../runtime/onnx-runtime.js';
import type { RunInputs } from '../../runtime/prepared-run.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Dimension } from '../dimension.js';
import type { GraphBuilder, Value } from '../graph-builder.js';

/**
 * Makes the values outputs, runs the graph in ONNX Runtime and gives their tensors in the same order. Symbols in the
 * inferred shapes are replaced by `sizes`; throws when a tensor's shape is another one.
 */
export async function runGraph(
  graph: GraphBuilder,
  values: readonly Value[],
  inputs: RunInputs,
  sizes: Readonly<Record<string, number>> = {},
): Promise<readonly Tensor[]> {
  const outputs = values.map((value, index) => graph.output(`y${index}`, value));
  const directory = await mkdtemp(join(tmpdir(), 'ferrum-graph-'));
  try {
    const path = join(directory, 'model.onnx');
    await writeFile(path, graph.build());
    const session = await OnnxRuntime.load().openSession(path);
    const results = await session.run(inputs);
    await session.dispose();
    return outputs.map((value) => {
      const tensor = results[value.name];
      if (!tensor) throw new Error(`no output ${value.name}`);
      const shape = value.shape.map((dimension, axis) => evaluate(dimension, sizes) ?? tensor.dims[axis]);
      if (tensor.type !== value.type || tensor.dims.join() !== shape.join()) {
        throw new Error(`${value.name} is ${tensor.type} [${tensor.dims}], inferred ${value.type} [${value.shape}]`);
      }
      return tensor;
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Sums of products of symbols and numbers; undefined when a symbol has no size, as those made up for unknown ones. */
function evaluate(dimension: Dimension, sizes: Readonly<Record<string, number>>): number | undefined {
  if (typeof dimension === 'number') return dimension;
  const terms = dimension.split(' + ').map((term) => term.split('*').map((factor) => sizes[factor] ?? Number(factor)));
  const sum = terms.reduce((total, factors) => total + factors.reduce((product, factor) => product * factor, 1), 0);
  return Number.isNaN(sum) ? undefined : sum;
}
