import { TransformStream } from 'node:stream/web';

/** Takes samples until there are no more. One that returns before has had enough. */
export type SampleConsumer = (samples: AsyncIterable<Float32Array>) => Promise<void>;

/** Gives one consumer the samples that several share. A slow one holds everybody up, none is outrun. */
export class SampleFeed {
  readonly #writer: WritableStreamDefaultWriter<Float32Array>;
  readonly #consumed: Promise<void>;
  #hasLeft = false;

  constructor(consume: SampleConsumer) {
    const { readable, writable } = new TransformStream<Float32Array, Float32Array>();
    this.#writer = writable.getWriter();
    // It fails with its reader, whose own failure is the one to tell.
    this.#writer.closed.catch(() => {});
    this.#consumed = consume(readable).finally(() => {
      this.#hasLeft = true;
    });
    this.#consumed.catch(() => {});
  }

  /** The consumer needs no more. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Resolves once the consumer has asked for it or left. @throws what the consumer failed with. */
  async write(samples: Float32Array): Promise<void> {
    if (this.#hasLeft) return this.#consumed;
    await Promise.race([this.#writer.write(samples).catch(() => this.#consumed), this.#consumed]);
  }

  /** Resolves once the consumer is done with everything. @throws what the consumer failed with. */
  async end(): Promise<void> {
    this.#writer.close().catch(() => {});
    await this.#consumed;
  }

  /** Takes the samples away from the consumer, and waits until it has cleaned up. */
  async abort(reason: unknown): Promise<void> {
    this.#writer.abort(reason).catch(() => {});
    await this.#consumed.catch(() => {});
  }
}
