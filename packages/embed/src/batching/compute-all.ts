import { onAbort, TurnTaker } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { BatchQueue, Submission } from './batch-queue.js';
import { Lane } from './lane.js';

export interface ComputeAllOptions {
  readonly signal?: AbortSignal | undefined;
  /** For people, completes "… was cancelled". */
  readonly what: string;
  readonly onProgress?: ((completed: number) => void) | undefined;
  /** When the queue is full, how soon it may have room, in ms; undefined: not known. */
  readonly retryAfterMs: () => number | undefined;
}

/** Of one call, what may wait at a time: enough to sort by length, and little memory for a call of any size. */
const window = { entries: 1024, tokens: 32_768 };

/**
 * Prepares the inputs of a call one after the other and submits them, some ahead of the results.
 * @param prepare makes the input of this index; what it throws ends the call
 * @returns a vector for each input
 * @throws FerrumError `ResourceExhausted` when the queue is full as the call comes, `Cancelled`, or what a run failed with.
 */
export async function computeAll(
  queue: BatchQueue,
  count: number,
  prepare: (index: number) => Submission<unknown>,
  options: ComputeAllOptions,
): Promise<Float32Array[]> {
  const call = new Call(queue, count, options);
  throwIfAborted(options.signal, options.what);
  const stop = onAbort(options.signal, () => call.fail(cancelled(options)));
  try {
    return await call.run(prepare);
  } catch (error) {
    call.fail(FerrumError.isInstance(error) ? error : undefined);
    throw error;
  } finally {
    stop();
  }
}

class Call {
  readonly #lane = new Lane();
  readonly #results: Float32Array[];
  readonly #turns = new TurnTaker();
  #submitted = 0;
  #completed = 0;
  #tokens = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(
    private readonly queue: BatchQueue,
    private readonly count: number,
    private readonly options: ComputeAllOptions,
  ) {
    this.#results = new Array<Float32Array>(count);
  }

  async run(prepare: (index: number) => Submission<unknown>): Promise<Float32Array[]> {
    for (let index = 0; index < this.count; index++) {
      const submission = prepare(index);
      if (index === 0) this.#requireRoom(submission.length);
      else await this.#roomFor(submission.length);
      this.#submit(index, submission);
      await this.#turns.next();
      this.#throwFailure();
    }
    await this.#until(() => this.#completed === this.count);
    return this.#results;
  }

  /** Drops what waits. */
  fail(error: FerrumError | undefined): void {
    this.#failure ??= { error };
    this.queue.close(this.#lane, error ?? new FerrumError('Cancelled', `${this.options.what} was cancelled.`));
    this.#wake();
  }

  #requireRoom(tokens: number): void {
    if (this.queue.hasRoom(tokens)) return;
    const retryAfterMs = this.options.retryAfterMs();
    throw new FerrumError(
      'ResourceExhausted',
      `${this.queue.waitingTokens} tokens are waiting already, as many as may (maxQueuedTokens). Try again later.`,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }

  async #roomFor(tokens: number): Promise<void> {
    await this.#until(
      () =>
        (this.#submitted - this.#completed < window.entries && this.#tokens + tokens <= window.tokens) ||
        this.#tokens === 0,
    );
    while (!this.queue.hasRoom(tokens)) {
      await Promise.race([this.queue.roomMade(), this.#woken()]);
      this.#throwFailure();
    }
  }

  #submit(index: number, submission: Submission<unknown>): void {
    const { length } = submission;
    this.#submitted += 1;
    this.#tokens += length;
    this.queue.submit(submission, this.#lane).then(
      (vector) => {
        this.#results[index] = vector;
        this.#completed += 1;
        this.#tokens -= length;
        this.#report();
        this.#wake();
      },
      (error: unknown) => {
        this.#failure ??= { error };
        this.#wake();
      },
    );
  }

  /** What a listener throws is the call's failure; one that has failed tells no more. */
  #report(): void {
    if (this.#failure) return;
    try {
      this.options.onProgress?.(this.#completed);
    } catch (error) {
      this.#failure = { error };
    }
  }

  async #until(condition: () => boolean): Promise<void> {
    this.#throwFailure();
    while (!condition()) {
      await this.#woken();
      this.#throwFailure();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

function cancelled({ signal, what }: ComputeAllOptions): FerrumError {
  return new FerrumError('Cancelled', `${what} was cancelled.`, { cause: signal?.reason });
}
