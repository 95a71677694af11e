/**
 * Hands what a producer makes to one reader, who may be slow: the producer never waits. It starts with the first read, and
 * hears of a reader who leaves.
 */
export class ChunkStream<T> implements AsyncIterableIterator<T> {
  #waiting: T[] = [];
  readonly #readers: ((result: Promise<IteratorResult<T>>) => void)[] = [];
  #state: 'new' | 'open' | 'over' = 'new';
  #error: { readonly error: unknown } | undefined;
  readonly #left = new AbortController();

  /** @param produce pushes all there is; the signal fires when the reader leaves. */
  constructor(private readonly produce: (push: (value: T) => void, left: AbortSignal) => Promise<void>) {}

  next(): Promise<IteratorResult<T>> {
    if (this.#state === 'new') this.#start();
    return new Promise((resolve) => {
      this.#readers.push(resolve);
      this.#serve();
    });
  }

  /** Not an async generator's: that would wait for a `next()` that waits, and a reader could not leave. */
  return(): Promise<IteratorResult<T>> {
    const isEarly = this.#state === 'open';
    this.#state = 'over';
    this.#waiting = [];
    this.#error = undefined;
    this.#serve();
    if (isEarly) this.#left.abort(new Error('The reader left the stream.'));
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #start(): void {
    this.#state = 'open';
    const push = (value: T) => {
      if (this.#state !== 'open') return;
      this.#waiting.push(value);
      this.#serve();
    };
    const end = (failure?: { readonly error: unknown }) => {
      if (this.#state !== 'open') return;
      this.#state = 'over';
      this.#error = failure;
      this.#serve();
    };
    this.produce(push, this.#left.signal).then(
      () => end(),
      (error) => end({ error }),
    );
  }

  /** Readers get what waits, then the error, once, then the end. */
  #serve(): void {
    while (this.#readers.length > 0 && (this.#waiting.length > 0 || this.#state === 'over')) {
      this.#readers.shift()?.(this.#take());
    }
  }

  async #take(): Promise<IteratorResult<T>> {
    if (this.#waiting.length > 0) return { done: false, value: this.#waiting.shift() as T };
    const failure = this.#error;
    this.#error = undefined;
    if (failure) throw failure.error;
    return { done: true, value: undefined };
  }
}
