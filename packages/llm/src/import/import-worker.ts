import { parentPort, workerData } from 'node:worker_threads';
import { FerrumError } from '@ferrum/registry/errors';
import type { ImportJob, ImportMessage } from './import-in-worker.js';
import { importModel } from './import-model.js';

const { location, directory, storage, libraryPath } = workerData as ImportJob;
const post = (message: ImportMessage): void => parentPort?.postMessage(message);

const onTensor = (completed: number, total: number): void => post({ type: 'progress', completed, total });

importModel(location, directory, storage, onTensor, libraryPath).then(
  () => post({ type: 'done' }),
  (error: unknown) => post(failure(error)),
);

/** Errors lose their class when they cross threads, so the parts travel. */
function failure(error: unknown): ImportMessage {
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
