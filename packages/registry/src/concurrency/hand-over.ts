import { abortable } from './abortable.js';

/** Hands values from a producer to one reader, one at a time: the producer waits until the reader asks for more. */
export class HandOver<T> implements AsyncIterable<T> {
  #value: { readonly value: T } | undefined;
  #ended: { readonly error?: unknown } | undefined;
  #wakeReader = () => {};
  #wakeProducer = () => {};

  /** @param what for people, completes "… was cancelled": `Transcribing` */
  constructor(private readonly what = 'The work') {}

  /** Resolves when the reader has taken the value. @throws FerrumError `Cancelled` */
  async push(value: T, signal: AbortSignal): Promise<void> {
    const taken = new Promise<void>((resolve) => {
      this.#wakeProducer = resolve;
    });
    this.#value = { value };
    this.#wakeReader();
    await abortable(taken, signal, this.what);
  }

  /** The reader gets what is left, then the error, if there is one. */
  end(failure?: { readonly error: unknown }): void {
    this.#ended = failure ?? {};
    this.#wakeReader();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const next = this.#value;
      if (next) {
        this.#value = undefined;
        this.#wakeProducer();
        yield next.value;
      } else if (this.#ended) {
        if ('error' in this.#ended) throw this.#ended.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    }
  }
}
