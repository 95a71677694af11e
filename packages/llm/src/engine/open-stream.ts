import type { StreamChunk } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { ChunkQueue } from './chunk-queue.js';
import type { Generation, GenerationSink } from './generation.js';
import { startOnRead } from './start-on-read.js';

export interface StreamOptions {
  /** Starts the generation. `left` fires when the reader leaves before it has begun. @throws FerrumError when it cannot be taken. */
  readonly submit: (sink: GenerationSink, left: AbortSignal) => Generation | Promise<Generation>;
  /** Chunks that may wait for the reader. */
  readonly buffer: number;
  /** Called when the reader left, or caught up. */
  readonly wake: () => void;
}

/** A generation that starts with the first read, waits for a reader who is behind, and ends when the reader leaves. */
export function openStream({ submit, buffer, wake }: StreamOptions): AsyncIterableIterator<StreamChunk> {
  let generation: Generation | undefined;
  const left = new AbortController();
  const chunks = new ChunkQueue<StreamChunk>(
    () => {
      left.abort();
      generation?.fail(new FerrumError('Cancelled', 'The reader left the stream.'));
      wake();
    },
    () => {
      if (chunks.size === buffer - 1) wake();
    },
  );
  const sink: GenerationSink = {
    chunk: (chunk) => chunks.push(chunk),
    isFull: () => chunks.size >= buffer,
    close: () => chunks.close(),
    fail: (error) => chunks.fail(error),
  };
  const begin = async (): Promise<void> => {
    try {
      const submitted = submit(sink, left.signal);
      generation = submitted instanceof Promise ? await submitted : submitted;
      // In the very moment in which it began.
      if (left.signal.aborted) generation.fail(new FerrumError('Cancelled', 'The reader left the stream.'));
    } catch (error) {
      chunks.fail(error);
    }
  };
  return startOnRead(chunks, () => void begin());
}
