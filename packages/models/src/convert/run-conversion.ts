import { parentPort, workerData } from 'node:worker_threads';
import { FerrumError } from '@ferrum/registry/errors';
import type { ConversionMessage } from './convert-in-worker.js';

/** Called with the tensors done and their number. */
export type TensorListener = (completed: number, total: number) => void;

/** What the module of a conversion's thread does: see `convertInWorker`. */
export function runConversion<Job>(convert: (job: Job, onTensor: TensorListener) => Promise<void>): void {
  const post = (message: ConversionMessage): void => parentPort?.postMessage(message);
  const onTensor: TensorListener = (completed, total) => post({ type: 'progress', completed, total });
  convert(workerData as Job, onTensor).then(
    () => post({ type: 'done' }),
    (error: unknown) => post(failure(error)),
  );
}

/** Errors lose their class when they cross threads, so the parts travel. */
function failure(error: unknown): ConversionMessage {
  if (FerrumError.isInstance(error)) {
    return { type: 'failed', code: error.code, message: error.message, details: error.details };
  }
  if (!(error instanceof Error)) return { type: 'failed', code: 'Internal', message: String(error), details: {} };
  if ('code' in error && typeof error.code === 'string' && 'syscall' in error) {
    return { type: 'system-error', code: error.code, message: error.message };
  }
  const message = `Converting the model failed: ${error.message}`;
  return { type: 'failed', code: 'Internal', message, details: { stack: error.stack ?? '' } };
}
