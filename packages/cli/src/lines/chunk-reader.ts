import { FerrumError } from '@ferrum/registry/errors';
import type { InputStream } from '../environment.js';

export type Chunk = string | Uint8Array;

/**
 * Reads a stream chunk by chunk, each when it is asked for.
 *
 * The reader throws FerrumError `IO` when the stream cannot be read, and the signal's reason.
 */
export function chunkReader(stdin: InputStream, signal: AbortSignal): () => Promise<IteratorResult<Chunk, unknown>> {
  const chunks: AsyncIterator<Chunk> = stdin[Symbol.asyncIterator]();
  return () => {
    const chunk = new Promise<IteratorResult<Chunk, unknown>>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const settle = (action: () => void) => {
        signal.removeEventListener('abort', onAbort);
        action();
      };
      chunks.next().then(
        (result) => settle(() => resolve(result)),
        (cause: unknown) => settle(() => reject(unreadable(cause))),
      );
    });
    // It may fail while nobody waits for it: the window before is still in work.
    chunk.catch(() => {});
    return chunk;
  };
}

function unreadable(cause: unknown): FerrumError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FerrumError('IO', `Standard input cannot be read: ${reason}.`, { cause });
}
