import { Worker } from 'node:worker_threads';
import type { FerrumErrorCode, JsonValue, ProgressListener } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** What a conversion's thread says. */
export type ConversionMessage =
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

export interface ConversionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/**
 * Converts a model in a thread of its own: seconds of pure computation.
 * @param worker a module that calls `runConversion`
 * @param job handed to it, by structured clone
 * @param label of the model, for people
 * @throws FerrumError what the conversion failed with, or `Cancelled`; an error of the operating system as it is
 */
export function convertInWorker(worker: URL, job: unknown, label: string, options: ConversionOptions): Promise<void> {
  const { signal, onProgress } = options;
  return new Promise((resolve, reject) => {
    const thread = new Worker(worker, {
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
      void thread.terminate().then(settle, settle);
    };
    const onAbort = (): void =>
      finish(() =>
        reject(new FerrumError('Cancelled', `Converting ${label} was cancelled.`, { cause: signal?.reason })),
      );
    thread.on('message', (message: ConversionMessage) => {
      // What the thread had sent before it was ended still arrives.
      if (isSettled) return;
      switch (message.type) {
        case 'progress': {
          const { completed, total } = message;
          onProgress?.({ phase: 'convert', label, unit: 'tensors', completed, total });
          break;
        }
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
    thread.on('error', (cause) =>
      finish(() => reject(new FerrumError('Internal', `Converting ${label} failed: ${String(cause)}`, { cause }))),
    );
    thread.on('exit', (code) =>
      finish(() => reject(new FerrumError('Internal', `Converting ${label} ended early (exit code ${code}).`))),
    );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
