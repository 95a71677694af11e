import { availableParallelism } from 'node:os';
import type { HeadConfig } from '../architecture/head.js';
import { openSession } from '../engine/open-session.js';
import { TextRunner } from '../engine/text-runner.js';
import type { LayerInputs } from '../weights/import-transformer.js';
import type { TextImport } from './import-text.js';

/** Outputs of the graph that shows what its products read. */
export function observedOutput(layer: number, part: keyof LayerInputs): string {
  return `layers.${layer}.${part}.largest`;
}

export interface Observation {
  readonly inputs: readonly LayerInputs[];
  /** A vector for each sample. */
  readonly results: readonly Float32Array[];
}

type Samples = Pick<TextImport, 'samples' | 'libraryPath'> & {
  readonly source: { readonly head: HeadConfig; readonly config: { readonly layers: readonly unknown[] } };
};

/** Runs the samples one by one. */
export async function runSamples(graph: string, job: Samples): Promise<readonly Float32Array[]> {
  const runner = await open(graph, job);
  try {
    const results: Float32Array[] = [];
    for (const sample of job.samples) results.push(...(await runner.run([sample])));
    return results;
  } finally {
    await runner.dispose();
  }
}

/** The same of a graph with the outputs above. */
export async function observeInputs(graph: string, job: Samples): Promise<Observation> {
  const layers = job.source.config.layers.length;
  const names = Array.from({ length: layers }, (_, layer) => [
    observedOutput(layer, 'attention'),
    observedOutput(layer, 'feedForward'),
  ]).flat();
  const largest = new Map<string, Float32Array>();
  const runner = await open(graph, job);
  try {
    const results: Float32Array[] = [];
    for (const [index, sample] of job.samples.entries()) {
      const { vectors, others } = await runner.runWith([sample], names);
      results.push(...vectors);
      // Every other sample only judges the result, as a text that was not seen.
      if (index % 2 === 1) continue;
      for (const [name, values] of others) largest.set(name, elementwiseLargest(values, largest.get(name)));
    }
    const of = (layer: number, part: keyof LayerInputs) =>
      largest.get(observedOutput(layer, part)) ?? new Float32Array(0);
    const inputs = Array.from({ length: layers }, (_, layer) => ({
      attention: of(layer, 'attention'),
      feedForward: of(layer, 'feedForward'),
    }));
    return { inputs, results };
  } finally {
    await runner.dispose();
  }
}

async function open(graph: string, { source, libraryPath }: Samples): Promise<TextRunner> {
  return new TextRunner(await openSession(graph, { threads: availableParallelism(), libraryPath }), source.head.modes);
}

function elementwiseLargest(values: Float32Array, earlier: Float32Array | undefined): Float32Array {
  return earlier ? values.map((value, i) => Math.max(value, earlier[i] as number)) : values.slice();
}
