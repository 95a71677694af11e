import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { FromWorker, ToWorker } from './worker/messages.js';

/** A decoding thread that is lent to one job. */
export interface DecodingThread {
  post(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  /** Who hears what it says, and of its end. */
  listener: DecodingListener | undefined;
}

export interface DecodingListener {
  onMessage(message: FromWorker): void;
  onEnd(error: FerrumError): void;
}

/** As many audio files are decoded at once as there are processors; the others wait. */
const mostThreads = Math.max(2, availableParallelism());

class Thread implements DecodingThread {
  listener: DecodingListener | undefined;
  isEnded = false;
  readonly #worker: Worker;

  constructor() {
    // Flags of the program, such as --input-type, need not suit a file.
    this.#worker = new Worker(new URL('./worker/decode-thread.js', import.meta.url), { execArgv: [] });
    this.#worker.on('message', (message: FromWorker) => this.listener?.onMessage(message));
    this.#worker.on('error', (cause) => this.#end(`failed: ${cause instanceof Error ? cause.message : cause}`, cause));
    this.#worker.on('exit', (code) => this.#end(`ended early (exit code ${code})`));
    this.#worker.unref();
  }

  post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** While it works for somebody the process stays alive. */
  set isBusy(isBusy: boolean) {
    if (isBusy) this.#worker.ref();
    else this.#worker.unref();
  }

  terminate(): void {
    this.isEnded = true;
    this.listener = undefined;
    void this.#worker.terminate();
  }

  #end(how: string, cause?: unknown): void {
    const { listener } = this;
    this.isEnded = true;
    if (idle === this) idle = undefined;
    this.listener = undefined;
    listener?.onEnd(new FerrumError('Internal', `The thread that decodes audio ${how}.`, { cause }));
  }
}

/** One thread is kept with its decoders loaded; it does not keep the process alive. */
let idle: Thread | undefined;
const lent = new Set<DecodingThread>();
const waiting: { readonly serve: () => void }[] = [];

/** Borrows a thread, when there is one. @throws FerrumError `Cancelled` */
export async function borrowThread(signal: AbortSignal | undefined): Promise<DecodingThread> {
  throwIfAborted(signal, 'Decoding the audio');
  while (lent.size >= mostThreads) await turn(signal);
  const thread = idle ?? new Thread();
  idle = undefined;
  lent.add(thread);
  thread.isBusy = true;
  return thread;
}

/** Gives a thread back. @param isWorn it is to be ended */
export function returnThread(thread: DecodingThread, isWorn: boolean): void {
  if (!(thread instanceof Thread) || !lent.delete(thread)) return;
  thread.listener = undefined;
  if (isWorn || thread.isEnded || idle) thread.terminate();
  else {
    thread.isBusy = false;
    idle = thread;
  }
  waiting.shift()?.serve();
}

/** Starts the thread and loads its decoders, so that the first file need not wait for it: about 150 ms. */
export async function warmDecoder(): Promise<void> {
  const thread = await borrowThread(undefined);
  let isWorn = true;
  try {
    await new Promise<void>((resolve, reject) => {
      thread.listener = { onMessage: () => resolve(), onEnd: reject };
      thread.post({ type: 'warm' });
    });
    isWorn = false;
  } finally {
    returnThread(thread, isWorn);
  }
}

function turn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = {
      serve() {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
    };
    const onAbort = (): void => {
      waiting.splice(waiting.indexOf(entry), 1);
      reject(new FerrumError('Cancelled', 'Decoding the audio was cancelled.', { cause: signal?.reason }));
    };
    waiting.push(entry);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
