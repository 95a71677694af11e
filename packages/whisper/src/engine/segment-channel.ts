import { abortable } from '@ferrum/registry/concurrency';

/** Hands values from a producer to one reader, one at a time: the producer waits until the reader asks for more. */
export class SegmentChannel<T> implements AsyncIterable<T> {
  #value: { readonly value: T } | undefined;
  #ended: { readonly error?: unknown } | undefined;
  #wakeReader = () => {};
  #wakeProducer = () => {};

  /** Resolves when the reader has taken the value. @throws FerrumError `Cancelled` */
  async push(value: T, signal: AbortSignal): Promise<void> {
    const taken = new Promise<void>((resolve) => {
      this.#wakeProducer = resolve;
    });
    this.#value = { value };
    this.#wakeReader();
    await abortable(taken, signal, 'Transcribing');
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
