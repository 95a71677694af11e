import { Worker } from 'node:worker_threads';
import { FerrumError } from '@ferrum/registry/errors';
import type { EncodingSettings } from './encode-options.js';
import type { FromEncoder, ToEncoder } from './worker/messages.js';

/** One file in the making, in the encoding thread. One call at a time. */
export interface EncodingJob {
  /** @param samples are handed over: their memory is gone afterwards */
  push(samples: Float32Array<ArrayBuffer>): Promise<Uint8Array>;
  finish(): Promise<Extract<FromEncoder, { type: 'finished' }>>;
  /** Frees what the job holds. */
  close(): void;
}

/**
 * Opens a job in the thread that encodes. There is one thread for all: a job lasts as long as its speech, and waits
 * most of that time, so that a thread for each would be idle, and a limit on them would make one speech wait for
 * another. A second of audio takes some 10 to 80 ms of the thread, and jobs take turns after each.
 */
export async function openEncodingJob(settings: EncodingSettings, isFile: boolean): Promise<EncodingJob> {
  current ??= new EncodingThread();
  const thread = current;
  const job = thread.add();
  try {
    await thread.ask({ type: 'open', job, settings, isFile });
  } catch (error) {
    thread.remove(job);
    throw error;
  }
  return {
    async push(samples) {
      return (await thread.ask({ type: 'push', job, samples }, [samples.buffer])).bytes;
    },
    async finish() {
      const answer = await thread.ask({ type: 'finish', job });
      if (answer.type !== 'finished') throw new FerrumError('Internal', 'The encoding thread gave the wrong answer.');
      return answer;
    },
    close: () => thread.remove(job),
  };
}

let current: EncodingThread | undefined;
let jobs = 0;

type Answer = Exclude<FromEncoder, { type: 'failed' }>;

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: FerrumError): void;
}

class EncodingThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Waiting | undefined>();
  #failure: FerrumError | undefined;

  constructor() {
    // Flags of the program, such as --input-type, need not suit a file.
    this.#worker = new Worker(new URL('./worker/encode-thread.js', import.meta.url), { execArgv: [] });
    this.#worker.on('message', (message: FromEncoder) => this.#receive(message));
    this.#worker.on('error', (cause) => this.#end(`failed: ${cause instanceof Error ? cause.message : cause}`, cause));
    this.#worker.on('exit', (code) => this.#end(`ended early (exit code ${code})`));
    this.#worker.unref();
  }

  /** While there are jobs, the process stays alive. */
  add(): number {
    if (this.#jobs.size === 0) this.#worker.ref();
    this.#jobs.set(jobs, undefined);
    return jobs++;
  }

  remove(job: number): void {
    if (!this.#jobs.delete(job) || this.#failure) return;
    this.#worker.postMessage({ type: 'close', job } satisfies ToEncoder);
    if (this.#jobs.size === 0) this.#worker.unref();
  }

  ask(message: ToEncoder, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#jobs.set(message.job, { resolve, reject });
      this.#worker.postMessage(message, transfer);
    });
  }

  #receive(message: FromEncoder): void {
    const waiting = this.#jobs.get(message.job);
    if (!waiting) return;
    if (message.type === 'failed') {
      const { code, message: text, details } = message;
      waiting.reject(new FerrumError(code, text, { details }));
    } else waiting.resolve(message);
  }

  #end(how: string, cause?: unknown): void {
    if (current === this) current = undefined;
    this.#failure ??= new FerrumError('Internal', `The thread that encodes audio ${how}.`, { cause });
    for (const waiting of this.#jobs.values()) waiting?.reject(this.#failure);
  }
}
