import { type ConversionOptions, convertInWorker, type TensorListener } from '@ferrum/models';
import type { TextInput } from '../engine/text-tensors.js';
import { openJointSource } from '../model/joint-source.js';
import type { SentenceSettings } from '../model/sentence-settings.js';
import { openTextSource, type TextOverrides, type TextPurpose } from '../model/text-source.js';
import type { WeightStorage } from '../weights/layer-importer.js';
import { importSentenceHead } from './import-head.js';
import { importText } from './import-text.js';
import { importVision } from './import-vision.js';

/** Part of every cache key: raise it when graphs or weight layouts change, so that old entries are not opened. */
export const importVersion = 2;

/** What is converted, and how. */
export type ImportJob = {
  readonly location: string;
  readonly directory: string;
  readonly libraryPath: string | undefined;
} & (
  | {
      readonly kind: 'text';
      readonly purpose: TextPurpose;
      readonly overrides: TextOverrides;
      readonly storage: WeightStorage;
      readonly samples: readonly TextInput[];
    }
  | { readonly kind: 'joint' }
  | {
      readonly kind: 'head';
      readonly sentence: Pick<SentenceSettings, 'pooling' | 'dense'>;
      readonly hiddenSize: number;
    }
);

/** Runs the import in a thread of its own: repacking a model is seconds of pure computation. */
export function importInWorker(job: ImportJob, label: string, options: ConversionOptions): Promise<void> {
  return convertInWorker(new URL('./import-worker.js', import.meta.url), job, label, options);
}

/** Writes a model's graphs and weights into the job's folder. */
export async function runImport(job: ImportJob, onTensor: TensorListener): Promise<void> {
  if (job.kind === 'joint') return importJoint(job, onTensor);
  if (job.kind === 'head') return importSentenceHead(job.sentence, job.hiddenSize, job.directory);
  const { location, directory, purpose, overrides, storage, samples, libraryPath } = job;
  const source = await openTextSource(location, purpose, overrides);
  try {
    const isScore = purpose === 'reranking';
    const total = source.weights.tensors.size;
    await importText(
      { source, readsTypes: isScore, storage, samples, result: isScore ? 'score' : 'vector', libraryPath },
      directory,
      counter(onTensor, total),
    );
  } finally {
    await source.weights.close();
  }
}

async function importJoint(
  { location, directory, libraryPath }: ImportJob & { readonly kind: 'joint' },
  onTensor: TensorListener,
): Promise<void> {
  const source = await openJointSource(location);
  try {
    const count = counter(onTensor, source.weights.tensors.size);
    const { text } = source;
    await importText(
      { source: text, readsTypes: false, storage: 'float32', samples: [], result: 'vector', libraryPath },
      directory,
      count,
    );
    await importVision(source, directory, count);
  } finally {
    await source.weights.close();
  }
}

function counter(onTensor: TensorListener, total: number): () => void {
  let completed = 0;
  return () => {
    completed += 1;
    onTensor(Math.min(completed, total), total);
  };
}
