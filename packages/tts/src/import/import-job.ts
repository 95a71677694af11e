import path from 'node:path';
import { type ConversionOptions, convertInWorker, type TensorListener } from '@ferrum/models';
import { type OnnxModel, OnnxRuntime, type OnnxValueInfo, readModel, writeModel } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import type { ConvolutionArithmetic } from './integer-convolutions.js';
import { importKokoro } from './kokoro-import.js';
import { importPiper } from './piper-import.js';

/** Part of every cache key: raise it when graphs change, so that old entries are not opened. */
export const importVersion = 3;

export const encoderFile = 'encoder.onnx';
export const decoderFile = 'decoder.onnx';
export const kokoroFile = 'model.onnx';

export interface ImportJob {
  readonly architecture: 'piper' | 'kokoro';
  /** The model's ONNX file. */
  readonly location: string;
  /** Of Kokoro. */
  readonly arithmetic: ConvolutionArithmetic;
  /** Of Piper: how many parts of a clause are computed beside each other. */
  readonly windows: number;
  readonly libraryPath?: string | undefined;
  /** To be filled. */
  readonly directory: string;
}

/** Runs the import in a thread of its own. */
export function importInWorker(job: ImportJob, label: string, options: ConversionOptions): Promise<void> {
  return convertInWorker(new URL('./import-worker.js', import.meta.url), job, label, options);
}

/** Writes the rewritten graphs into the job's folder. */
export async function runImport(job: ImportJob, onTensor: TensorListener): Promise<void> {
  const { architecture, location, arithmetic, windows, directory } = job;
  const model = await readModel(location);
  requireWhole(model, location);
  const total = model.graph.initializers.length;
  onTensor(0, total);
  if (architecture === 'kokoro') {
    await writeModel(path.join(directory, kokoroFile), importKokoro(model, arithmetic));
  } else {
    const halves = importPiper(model, windows);
    const encoder = path.join(directory, encoderFile);
    await writeModel(encoder, halves.encoder);
    await writeModel(path.join(directory, decoderFile), halves.decoder(await outputsOf(encoder, job.libraryPath)));
  }
  onTensor(total, total);
}

/** @throws FerrumError `Unsupported` for a model that keeps weights elsewhere, or is too old to be rewritten. */
function requireWhole({ graph, opsets }: OnnxModel, file: string): void {
  const outside = graph.initializers.find(({ data }) => data.kind === 'external');
  if (outside) {
    throw new FerrumError(
      'Unsupported',
      `${file} keeps weights ("${outside.name}") in other files; speech models are read from one. Save it with them inside.`,
    );
  }
  const version = opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
  if (version >= oldestOpset) return;
  const message = `${file} is of operator set ${version}; from ${oldestOpset} on it can be opened. Export it anew.`;
  throw new FerrumError('Unsupported', message);
}

/** Piper exports for 15; what the rewriting adds needs as much. */
const oldestOpset = 15;

/** What the types of the first half's results are only ONNX Runtime can tell. */
async function outputsOf(file: string, libraryPath: string | undefined): Promise<ReadonlyMap<string, OnnxValueInfo>> {
  const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
  const session = await runtime.openSession(file, { intraOpThreads: 1, graphOptimization: 'disabled' });
  try {
    return new Map(
      [...session.outputs.values()].map(({ name, type, dims }) => {
        // A rank that is not known for certain is left open.
        const shape = dims.length > 0 ? { shape: dims.map((dim) => (typeof dim === 'number' ? dim : '')) } : {};
        return [name, { name, type, ...shape }];
      }),
    );
  } finally {
    await session.dispose();
  }
}
