import { Worker } from 'node:worker_threads';
import { FerrumError } from '@ferrum/registry/errors';
import type { EspeakVoice, FromEspeak, ToEspeak } from './messages.js';

interface Job {
  readonly message: ToEspeak;
  readonly signal: AbortSignal | undefined;
  resolve(answer: FromEspeak): void;
  reject(error: FerrumError): void;
}

/**
 * espeak-ng in a thread of its own, which starts with the first question and again after it has failed. One question is
 * asked at a time, first come, first served; so when the thread ends early, only the question that it was at has failed.
 */
export class EspeakThread {
  #worker: Worker | undefined;
  #current: Job | undefined;
  #waiting: Job[] = [];
  #isClosed = false;

  /** @param module what runs in the thread */
  constructor(private readonly module: URL = new URL('./run-espeak.js', import.meta.url)) {}

  async voices(): Promise<readonly EspeakVoice[]> {
    const answer = await this.#ask({ type: 'voices' });
    return answer.type === 'voices' ? answer.voices : wrongAnswer(answer);
  }

  /**
   * @param voice identifier of one of `voices()`
   * @param signal a question that waits is dropped without an answer once it has fired
   */
  async phonemize(voice: string, text: string, signal?: AbortSignal): Promise<readonly string[]> {
    const answer = await this.#ask({ type: 'phonemize', voice, text }, signal);
    return answer.type === 'clauses' ? answer.clauses : wrongAnswer(answer);
  }

  /** What was asked rejects with `Cancelled`, and so does what is asked from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting) job.reject(closed());
    this.#current?.reject(closed());
    this.#waiting = [];
    await this.#worker?.terminate();
  }

  #ask(message: ToEspeak, signal?: AbortSignal): Promise<FromEspeak> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, signal, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current) return;
    do {
      this.#current = this.#waiting.shift();
    } while (this.#current?.signal?.aborted);
    if (!this.#current) {
      // An idle thread does not keep the process alive.
      this.#worker?.unref();
      return;
    }
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(this.#current.message);
  }

  #start(): Worker {
    // Flags of the program, such as --input-type, need not suit a file.
    const worker = new Worker(this.module, { execArgv: [] });
    worker.on('message', (answer: FromEspeak) => {
      const job = this.#current;
      this.#current = undefined;
      if (answer.type === 'failed') job?.reject(new FerrumError(answer.code, answer.message));
      else job?.resolve(answer);
      this.#next();
    });
    worker.on('error', (cause) => this.#end(worker, cause instanceof Error ? cause.message : String(cause), cause));
    worker.on('exit', (code) => this.#end(worker, `exit code ${code}`));
    return worker;
  }

  #end(worker: Worker, reason: string, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const job = this.#current;
    this.#current = undefined;
    const message = `The thread of espeak-ng ended (${reason.replace(/\.$/, '')}). Other texts are read by a new one.`;
    job?.reject(new FerrumError('Backend', message, { cause }));
    if (!this.#isClosed) this.#next();
  }
}

function closed(): FerrumError {
  return new FerrumError('Cancelled', 'Turning the text into phonemes was cancelled: the phonemizer was closed.');
}

function wrongAnswer({ type }: FromEspeak): never {
  throw new FerrumError('Internal', `The thread of espeak-ng gave the wrong answer (${type}).`);
}
