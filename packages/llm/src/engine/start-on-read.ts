import type { ChunkQueue } from './chunk-queue.js';

/** A stream that starts with the first read; one that its reader leaves before that never does. */
export function startOnRead<T>(chunks: ChunkQueue<T>, start: () => void): AsyncIterableIterator<T> {
  let isStarted = false;
  // Not an async generator: that would queue return() behind a next() which waits, and a reader could not leave.
  return {
    next: () => {
      if (!isStarted) {
        isStarted = true;
        start();
      }
      return chunks.next();
    },
    return: () => {
      isStarted = true;
      return chunks.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
