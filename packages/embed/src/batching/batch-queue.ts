import { FerrumError } from '@ferrum/registry/errors';
import type { Lane } from './lane.js';
import { planBatches } from './plan-batches.js';

/** Computes several inputs in one run. */
export interface BatchRunner<Input> {
  /**
   * @param signal ends the run, when nobody waits for it any more
   * @returns a vector for each input, in their order
   */
  run(inputs: readonly Input[], signal: AbortSignal): Promise<readonly Float32Array[]>;
}

/** Something to compute, whose cost is its length. */
export interface Submission<Input> {
  readonly runner: BatchRunner<Input>;
  readonly input: Input;
  /** Tokens. */
  readonly length: number;
}

export interface BatchQueueOptions {
  /** Tokens of one run, padding included. */
  readonly maxBatchTokens: number;
  /** Tokens that may wait. */
  readonly maxQueuedTokens: number;
  /** What a run costs beside its tokens, in tokens. */
  readonly overheadTokens: number;
  readonly onRun?: (run: BatchRun) => void;
}

/** What a run was, for those who count. */
export interface BatchRun {
  readonly sequences: number;
  /** Without padding. */
  readonly tokens: number;
  readonly paddedTokens: number;
  readonly ms: number;
  /** Since each of its entries came, in ms. */
  readonly waitsMs: readonly number[];
  readonly error?: FerrumError;
}

interface Entry extends Submission<unknown> {
  readonly lane: Lane;
  /** Where the entry stands in the queue's clock. */
  readonly start: number;
  readonly submittedAt: number;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Entries that are looked at to form a batch, the first in turn: bounds the planning between two runs. */
export const batchLookahead = 512;

/**
 * Forms batches of similar length from what many callers submit. Who comes next is decided by start-time fair queueing
 * (Goyal et al. 1996) over tokens, its clock that of self-clocked fair queueing (Golestani 1994): a call of one text that
 * comes while another has thousands waiting is computed with the next run. The entry whose turn it is brings along those
 * that batch best with it.
 */
export class BatchQueue {
  readonly #options: BatchQueueOptions;
  /** By `start`. */
  #waiting: Entry[] = [];
  #waitingTokens = 0;
  /** Where lanes that come new begin: just before the lane whose turn was last goes on. */
  #clock = 0;
  #running: readonly Entry[] = [];
  #abortRun = new AbortController();
  #isScheduled = false;
  #ended: FerrumError | undefined;
  #roomListeners: (() => void)[] = [];
  #idleListeners: (() => void)[] = [];

  constructor(options: BatchQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running.length;
  }

  get waitingTokens(): number {
    return this.#waitingTokens;
  }

  /** Whether so many tokens more may wait; an empty queue takes one entry of any length. */
  hasRoom(tokens: number): boolean {
    return this.#waiting.length === 0 || this.#waitingTokens + tokens <= this.#options.maxQueuedTokens;
  }

  /** Resolves when entries have left the queue. */
  roomMade(): Promise<void> {
    return new Promise((resolve) => this.#roomListeners.push(resolve));
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    while (this.#waiting.length > 0 || this.#running.length > 0) {
      await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
    }
  }

  /** @returns the vector; rejects with what the run failed with, or with what the lane or the queue was ended with. */
  submit<Input>(submission: Submission<Input>, lane: Lane): Promise<Float32Array> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const start = Math.max(this.#clock, lane.finish);
      lane.finish = start + submission.length;
      const entry = { ...submission, lane, start, submittedAt: performance.now(), resolve, reject } as Entry;
      this.#insert(entry);
      this.#waitingTokens += submission.length;
      this.#schedule();
    });
  }

  /** Drops what waits of a lane, and rejects it with the error. A run that no other lane has a part in ends. */
  close(lane: Lane, error: FerrumError): void {
    lane.isClosed = true;
    this.#dropWhere((entry) => entry.lane === lane, error);
    if (this.#running.length > 0 && this.#running.every((entry) => entry.lane.isClosed)) this.#abortRun.abort(error);
  }

  /** Rejects all that waits, and whatever comes from now on. */
  end(error: FerrumError): void {
    this.#ended = error;
    this.#dropWhere(() => true, error);
  }

  #dropWhere(isDropped: (entry: Entry) => boolean, error: FerrumError): void {
    const dropped = this.#waiting.filter(isDropped);
    if (dropped.length === 0) return;
    this.#remove(new Set(dropped));
    for (const entry of dropped) entry.reject(error);
    this.#tell();
  }

  /** Entries come nearly in order, so the place is looked for from the end. */
  #insert(entry: Entry): void {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiting[middle] as Entry).start <= entry.start) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, entry);
  }

  #remove(entries: ReadonlySet<Entry>): void {
    this.#waiting = this.#waiting.filter((entry) => !entries.has(entry));
    for (const { length } of entries) this.#waitingTokens -= length;
  }

  /** Whoever submits in the same turn of the event loop is in the same batch. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) await this.#run(batch);
    this.#isScheduled = false;
  }

  #nextBatch(): readonly Entry[] {
    const [head] = this.#waiting;
    if (!head) return [];
    const candidates = this.#waiting
      .slice(0, batchLookahead)
      .filter((entry) => entry.runner === head.runner)
      .sort((a, b) => a.length - b.length);
    const { maxBatchTokens: maxTokens, overheadTokens } = this.#options;
    const lengths = candidates.map((entry) => entry.length);
    const place = candidates.indexOf(head);
    const range = planBatches(lengths, { maxTokens, overheadTokens }).find(({ end }) => place < end);
    const batch = candidates.slice(range?.start, range?.end);
    // It moves with every turn, else callers who come again and again would keep their places before those who wait.
    this.#clock = Math.max(this.#clock, head.start + head.length - 0.5);
    this.#remove(new Set(batch));
    return batch;
  }

  async #run(batch: readonly Entry[]): Promise<void> {
    this.#running = batch;
    this.#abortRun = new AbortController();
    this.#tell();
    const begun = performance.now();
    let error: FerrumError | undefined;
    try {
      const vectors = await (batch[0] as Entry).runner.run(
        batch.map((entry) => entry.input),
        this.#abortRun.signal,
      );
      for (const [index, entry] of batch.entries()) entry.resolve(vectors[index] as Float32Array);
    } catch (cause) {
      error = FerrumError.isInstance(cause)
        ? cause
        : new FerrumError('Internal', `A run of the model failed: ${String(cause)}`, { cause });
      for (const entry of batch) entry.reject(error);
    }
    this.#running = [];
    const lengths = batch.map((entry) => entry.length);
    this.#options.onRun?.({
      sequences: batch.length,
      tokens: lengths.reduce((sum, length) => sum + length, 0),
      paddedTokens: batch.length * Math.max(...lengths),
      ms: performance.now() - begun,
      waitsMs: batch.map((entry) => begun - entry.submittedAt),
      ...(error ? { error } : {}),
    });
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#roomListeners.splice(0)) listener();
    if (this.#waiting.length > 0 || this.#running.length > 0) return;
    for (const listener of this.#idleListeners.splice(0)) listener();
  }
}
