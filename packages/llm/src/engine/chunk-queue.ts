/**
 * Hands what a producer makes to one reader. The producer may go on when it likes; `size` tells how far behind the reader is.
 * A reader that leaves early calls `onLeave`, once; one that takes a chunk calls `onRead`.
 */
export class ChunkQueue<T> implements AsyncIterableIterator<T> {
  readonly #chunks: T[] = [];
  readonly #readers: PromiseWithResolvers<IteratorResult<T>>[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly onLeave: () => void,
    private readonly onRead: () => void = () => {},
  ) {}

  /** Chunks that wait for the reader. */
  get size(): number {
    return this.#chunks.length;
  }

  push(value: T): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ done: false, value });
    else this.#chunks.push(value);
  }

  close(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }

  /** A reader gets what is waiting first, then the error, once. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) reader.reject(error);
    else this.#failure = { error };
    this.close();
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#chunks.length > 0) {
      const value = this.#chunks.shift() as T;
      this.onRead();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const reader = withResolvers<IteratorResult<T>>();
    this.#readers.push(reader);
    return reader.promise;
  }

  return(): Promise<IteratorResult<T>> {
    const isEarly = !this.#ended;
    this.#chunks.length = 0;
    this.#failure = undefined;
    this.close();
    if (isEarly) this.onLeave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

export interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Promise.withResolvers, which Node 20 lacks. */
export function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
