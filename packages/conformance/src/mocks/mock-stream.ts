import { HandOver } from '@ferrum/registry/concurrency';
import type { EngineLife } from '@ferrum/registry/engine';
import { FerrumError } from '@ferrum/registry/errors';

export interface MockStreamOptions<Chunk> {
  readonly life: EngineLife;
  /** For people, completes "… was cancelled": `The generation`. */
  readonly what: string;
  /** The caller's. Asked for at the first read, so that a request may be looked at then. */
  readonly signal: () => AbortSignal | undefined;
  /** Makes the chunks. @returns the tokens, or whatever the engine counts, that it made */
  readonly produce: (push: (chunk: Chunk) => Promise<void>, signal: AbortSignal) => Promise<number>;
}

/** A call whose result comes in chunks: it starts with the first read, waits for its reader, and ends when that leaves. */
export function mockStream<Chunk>(options: MockStreamOptions<Chunk>): AsyncIterableIterator<Chunk> {
  const { life, what, produce } = options;
  const leave = new AbortController();
  const chunks = new HandOver<Chunk>(what);
  const reader = chunks[Symbol.asyncIterator]();
  let hasStarted = false;
  const start = async (): Promise<void> => {
    const signal = options.signal();
    const either = signal ? AbortSignal.any([signal, leave.signal]) : leave.signal;
    await life.call(either, (all) => produce((chunk) => chunks.push(chunk, all), all));
  };
  return {
    next: () => {
      if (leave.signal.aborted) return Promise.resolve({ done: true, value: undefined });
      if (!hasStarted) {
        hasStarted = true;
        start().then(
          () => chunks.end(),
          (error) => chunks.end({ error }),
        );
      }
      return reader.next();
    },
    return: async () => {
      leave.abort(new FerrumError('Cancelled', 'The reader left the stream.'));
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
