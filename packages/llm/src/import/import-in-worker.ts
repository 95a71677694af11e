import { Worker } from 'node:worker_threads';
import type { FerrumErrorCode, JsonValue, ProgressListener } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { WeightStorage } from '../weights/storage.js';

export interface ImportJob {
  readonly location: string;
  readonly directory: string;
  readonly storage: WeightStorage;
  readonly libraryPath?: string | undefined;
}

export type ImportMessage =
  | { readonly type: 'progress'; readonly completed: number; readonly total: number }
  | { readonly type: 'done' }
  /** An error of the operating system, which the cache knows how to explain. */
  | { readonly type: 'system-error'; readonly code: string; readonly message: string }
  | {
      readonly type: 'failed';
      readonly code: FerrumErrorCode;
      readonly message: string;
      readonly details: Readonly<Record<string, JsonValue>>;
    };

/** Runs `importModel` in a thread of its own: repacking a model is seconds of pure computation. */
export function importInWorker(
  job: ImportJob,
  label: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: ProgressListener | undefined },
): Promise<void> {
  const { signal, onProgress } = options;
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./import-worker.js', import.meta.url), {
      workerData: job,
      // Flags of the program, such as --input-type, need not suit a file.
      execArgv: [],
    });
    let isSettled = false;
    // The first outcome counts: ending the thread makes it report an exit too.
    const finish = (settle: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      signal?.removeEventListener('abort', onAbort);
      void worker.terminate().then(settle, settle);
    };
    const onAbort = (): void =>
      finish(() =>
        reject(new FerrumError('Cancelled', `Converting ${label} was cancelled.`, { cause: signal?.reason })),
      );
    worker.on('message', (message: ImportMessage) => {
      switch (message.type) {
        case 'progress':
          onProgress?.({
            phase: 'convert',
            label,
            unit: 'tensors',
            completed: message.completed,
            total: message.total,
          });
          break;
        case 'done':
          finish(resolve);
          break;
        case 'system-error':
          finish(() => reject(Object.assign(new Error(message.message), { code: message.code })));
          break;
        case 'failed':
          finish(() => reject(new FerrumError(message.code, message.message, { details: message.details })));
          break;
      }
    });
    worker.on('error', (cause) =>
      finish(() => reject(new FerrumError('Internal', `Converting ${label} failed: ${String(cause)}`, { cause }))),
    );
    worker.on('exit', (code) =>
      finish(() => reject(new FerrumError('Internal', `Converting ${label} ended early (exit code ${code}).`))),
    );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
