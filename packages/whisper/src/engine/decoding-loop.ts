import { onAbort } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { RowLogits, Search } from '../search/search.js';
import {
  type AlignedText,
  cancelled,
  type EncodeJob,
  type HeardWindow,
  type Job,
  type LoopListener,
  type PromptJob,
  type SearchJob,
  type SearchPrompt,
  type Window,
} from './decoding-jobs.js';
import { probabilityOf, rowOf } from './row-logits.js';
import { RowTable } from './row-table.js';
import type { AlignmentOutput, WhisperRunner } from './whisper-runner.js';

/**
 * Computes for all requests at once. One round: a window is heard if there is room for it, waiting prompts are read, then every
 * sequence of every search is given its next token in one step of the decoder.
 */
export class DecodingLoop {
  readonly #windows = new Set<Window>();
  readonly #encodes: EncodeJob[] = [];
  readonly #prompts: PromptJob[] = [];
  readonly #waiting: SearchJob[] = [];
  readonly #searches = new Set<SearchJob>();
  readonly #rows: RowTable<SearchJob>;
  #running: Promise<void> | undefined;

  constructor(
    private readonly runner: WhisperRunner,
    private readonly listener: LoopListener = {},
  ) {
    this.#rows = new RowTable(runner);
  }

  get maxRows(): number {
    return this.runner.maxRows;
  }

  get maxWindows(): number {
    return this.runner.maxWindows;
  }

  /** Windows that wait for a place. */
  get waitingWindows(): number {
    return this.#encodes.length;
  }

  get activeWindows(): number {
    return this.#windows.size;
  }

  /**
   * Hears a window, as soon as there is room for it.
   * @param mel log-mel features [melBins, frames], which must not change meanwhile
   */
  encode(mel: Float32Array, signal: AbortSignal | undefined, what: string): Promise<HeardWindow> {
    return this.#submit(signal, what, (job) => this.#encodes.push({ ...job, mel }));
  }

  release(window: HeardWindow): void {
    this.#windows.delete(window as Window);
    this.#wake();
  }

  /** @returns what follows the tokens at `wanted` (by index, ascending) */
  prompt(
    window: HeardWindow,
    tokens: readonly number[],
    wanted: readonly number[],
    signal: AbortSignal | undefined,
    what: string,
  ): Promise<RowLogits[]> {
    return this.#submit(signal, what, (job) => {
      const run = async (row: number) => {
        const output = await this.runner.prompt({ row, window: window.slot, tokens, wanted });
        const copies = wanted.map((_, index) => {
          const row = rowOf(output, index);
          return { ...row, logits: row.logits.slice() };
        });
        job.resolve(copies);
      };
      this.#prompts.push({ ...job, run });
    });
  }

  /** Where in the audio the tokens of a text are. */
  align(
    window: HeardWindow,
    aligned: AlignedText,
    signal: AbortSignal | undefined,
    what: string,
  ): Promise<AlignmentOutput & { readonly tokenProbabilities: Float32Array }> {
    const { prompt, text, endOfText } = aligned;
    const tokens = [...prompt, ...text, endOfText];
    const wanted = text.map((_, index) => prompt.length - 1 + index);
    return this.#submit(signal, what, (job) => {
      const run = async (row: number) => {
        const output = await this.runner.align({ row, window: window.slot, tokens, wanted });
        const { probabilities, heads } = output;
        const tokenProbabilities = Float32Array.from(text, (token, index) =>
          probabilityOf(rowOf(output, index), token, aligned),
        );
        job.resolve({ probabilities, heads, tokenProbabilities });
      };
      this.#prompts.push({ ...job, run });
    });
  }

  /** Runs a search to its end. */
  search(
    window: HeardWindow,
    prompt: SearchPrompt,
    search: Search,
    signal: AbortSignal | undefined,
    what: string,
  ): Promise<void> {
    return this.#submit(signal, what, (job) => {
      this.#waiting.push({ ...job, window: window as Window, prompt, search, rows: [] });
    });
  }

  /** Until nothing is computed any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #submit<T>(
    signal: AbortSignal | undefined,
    what: string,
    enqueue: (job: Job & { readonly resolve: (value: T) => void }) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      throwIfAborted(signal, what);
      // What is aborted is dropped by the next round, which may have nothing else to do.
      const stop = onAbort(signal, () => this.#wake());
      enqueue({
        signal,
        what,
        resolve: (value) => {
          stop();
          resolve(value);
        },
        reject: (error) => {
          stop();
          reject(error);
        },
      });
      this.#wake();
    });
  }

  #wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#hasWork()) this.#wake();
    });
  }

  #hasWork(): boolean {
    this.#dropAborted();
    return (
      (this.#encodes.length > 0 && this.#windows.size < this.runner.maxWindows) ||
      this.#prompts.length > 0 ||
      (this.#waiting[0] !== undefined && this.#waiting[0].search.width <= this.#rows.free) ||
      this.#searches.size > 0
    );
  }

  async #run(): Promise<void> {
    // Those who ask in the same turn of the event loop are served in the same round.
    await Promise.resolve();
    while (this.#hasWork()) {
      await this.#encodeNext();
      await this.#runPrompts();
      await this.#startSearches();
      await this.#step();
    }
  }

  #dropAborted(): void {
    const drop = (job: Job) => {
      if (!job.signal?.aborted) return false;
      job.reject(cancelled(job));
      return true;
    };
    for (const queue of [this.#encodes, this.#prompts, this.#waiting]) {
      for (let i = queue.length - 1; i >= 0; i--) if (drop(queue[i] as Job)) queue.splice(i, 1);
    }
    for (const job of this.#searches) if (drop(job)) this.#end(job);
  }

  async #encodeNext(): Promise<void> {
    if (this.#windows.size >= this.runner.maxWindows) return;
    const job = this.#encodes.shift();
    if (!job) return;
    const window: Window = { slot: this.#freeSlot() };
    this.#windows.add(window);
    try {
      await this.#timed('encode', 1, () => this.runner.encode(job.mel, window.slot));
      if (job.signal?.aborted) throw cancelled(job);
      job.resolve(window);
    } catch (error) {
      this.#windows.delete(window);
      job.reject(error);
    }
  }

  /** The lowest: a step reads all windows between the first and the last in use. */
  #freeSlot(): number {
    const used = new Set([...this.#windows].map(({ slot }) => slot));
    let slot = 0;
    while (used.has(slot)) slot += 1;
    return slot;
  }

  async #runPrompts(): Promise<void> {
    for (const job of this.#prompts.splice(0)) {
      try {
        if (job.signal?.aborted) throw cancelled(job);
        await this.#timed('prompt', 1, () => job.run(this.#rows.rows.length));
      } catch (error) {
        job.reject(error);
      }
    }
  }

  async #startSearches(): Promise<void> {
    while (this.#waiting[0] && this.#waiting[0].search.width <= this.#unreservedRows()) {
      const job = this.#waiting.shift() as SearchJob;
      try {
        await this.#start(job);
      } catch (error) {
        this.#rows.removeAll(job);
        this.#searches.delete(job);
        job.reject(error);
      }
    }
  }

  /** Rows that no search may come to need. */
  #unreservedRows(): number {
    let free = this.#rows.free;
    for (const { search, rows } of this.#searches) free -= search.width - rows.length;
    return free;
  }

  async #start(job: SearchJob): Promise<void> {
    const { window, prompt, search } = job;
    const row = this.#rows.rows.length;
    const { tokens, observe } = prompt;
    const wanted = [...(observe ? [observe.index] : []), tokens.length - 1];
    const output = await this.#timed('prompt', 1, () =>
      this.runner.prompt({ row, window: window.slot, tokens, wanted }),
    );
    observe?.read(rowOf(output, 0));
    job.rows = [this.#rows.add(job, tokens)];
    this.#searches.add(job);
    this.#advance(job, [rowOf(output, wanted.length - 1)], search);
  }

  /** One token for every sequence. */
  async #step(): Promise<void> {
    this.#dropAborted();
    if (this.#searches.size === 0) return;
    try {
      await this.#compact();
      const rows = this.#rows.rows.map(({ owner, tokens }) => ({
        token: tokens[tokens.length - 1] as number,
        position: tokens.length - 1,
        window: owner.window.slot,
      }));
      const indexOf = new Map(this.#rows.rows.map((row, index) => [row, index]));
      const output = await this.#timed('step', rows.length, () => this.runner.step(rows));
      for (const job of [...this.#searches]) {
        const views = job.rows.map((row) => rowOf(output, indexOf.get(row) as number));
        try {
          this.#advance(job, views, job.search);
        } catch (error) {
          this.#end(job);
          job.reject(error);
        }
      }
    } catch (error) {
      for (const job of [...this.#searches]) {
        this.#end(job);
        job.reject(error);
      }
    }
  }

  #advance(job: SearchJob, views: readonly RowLogits[], search: Search): void {
    const next = search.next(views);
    if (next.length > 0) {
      job.rows = this.#rows.continue(job, job.rows, next);
      return;
    }
    this.#end(job);
    job.resolve();
  }

  #end(job: SearchJob): void {
    this.#searches.delete(job);
    this.#rows.removeAll(job);
  }

  /** Moves the last window that is searched into a gap before it, so that steps do not read what nobody listens to. */
  async #compact(): Promise<void> {
    const searched = new Set([...this.#searches].map(({ window }) => window.slot));
    const used = new Set([...this.#windows].map(({ slot }) => slot));
    const first = Math.min(...searched);
    const last = Math.max(...searched);
    for (let slot = first + 1; slot < last; slot++) {
      if (used.has(slot)) continue;
      const moved = [...this.#windows].find((window) => window.slot === last);
      if (!moved) return;
      await this.runner.copyWindow(last, slot);
      moved.slot = slot;
      return;
    }
  }

  async #timed<T>(kind: 'encode' | 'prompt' | 'step', rows: number, run: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      const result = await run();
      this.listener.onRun?.(performance.now() - from, kind, rows);
      return result;
    } catch (error) {
      if (FerrumError.isInstance(error)) this.listener.onFailure?.(error);
      throw error;
    }
  }
}
