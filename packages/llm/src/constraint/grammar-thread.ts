import { Worker } from 'node:worker_threads';
import type { VocabularyBytes, WorkerReply, WorkerRequest } from './grammar-worker.js';

type Unnumbered<R> = R extends unknown ? Omit<R, 'id'> : never;

/** The thread went down while it did this, or took too long. */
export class ThreadFailure extends Error {
  constructor(
    readonly kind: 'slow' | 'crashed' | 'lost',
    message: string,
  ) {
    super(message);
  }
}

interface Pending {
  readonly timeoutMs: number;
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: ThreadFailure) => void;
}

/** A thread that runs xgrammar, and is ended when it takes too long over one thing. It answers in the order of asking. */
export class GrammarThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(vocabulary: VocabularyBytes) {
    this.#worker = new Worker(workerUrl, {
      workerData: vocabulary,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: WorkerReply) => {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      this.#watch();
      if (reply.problem === undefined) pending?.resolve(reply);
      else {
        pending?.reject(new ThreadFailure('crashed', reply.problem));
        this.#end('crashed');
      }
    });
    this.#worker.on('error', (error) => this.#end('crashed', String(error)));
    this.#worker.on('exit', () => this.#end('crashed'));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws ThreadFailure `lost` for what waited behind something that was slow or crashed */
  call(request: Unnumbered<WorkerRequest>, timeoutMs: number): Promise<WorkerReply> {
    if (this.#isOver) return Promise.reject(new ThreadFailure('lost', 'the thread has ended'));
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { timeoutMs, resolve, reject });
      if (this.#pending.size === 1) this.#watch();
      this.#worker.postMessage({ id, ...request });
    });
  }

  end(): void {
    this.#end('lost');
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const [first] = this.#pending.values();
    if (!first) {
      this.#worker.unref();
      return;
    }
    this.#worker.ref();
    this.#timer = setTimeout(() => this.#end('slow'), first.timeoutMs);
  }

  #end(kind: ThreadFailure['kind'], message = 'the thread has ended'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    void this.#worker.terminate();
    let isFirst = true;
    for (const { reject } of this.#pending.values()) {
      reject(new ThreadFailure(isFirst ? kind : 'lost', message));
      isFirst = false;
    }
    this.#pending.clear();
  }
}

// From the sources, as tests are run, the thread is the built one: Node 20 reads no TypeScript.
const workerUrl = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/constraint/grammar-worker.js', import.meta.url)
  : new URL('./grammar-worker.js', import.meta.url);
