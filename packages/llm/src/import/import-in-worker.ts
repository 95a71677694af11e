import { type ConversionOptions, convertInWorker } from '@ferrum/models';
import type { WeightStorage } from '../weights/storage.js';

export interface ImportJob {
  readonly location: string;
  readonly directory: string;
  readonly storage: WeightStorage;
  readonly libraryPath?: string | undefined;
  readonly contextLength?: number | undefined;
}

/** Runs `importModel` in a thread of its own: repacking a model is seconds of pure computation. */
export function importInWorker(job: ImportJob, label: string, options: ConversionOptions): Promise<void> {
  return convertInWorker(new URL('./import-worker.js', import.meta.url), job, label, options);
}
