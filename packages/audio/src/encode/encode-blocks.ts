import { abortable, onAbort } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { EncodingSettings } from './encode-options.js';
import { openEncodingJob } from './encoding-thread.js';

/** Mono samples, −1 to 1. */
export type SampleChunks = AsyncIterable<Float32Array> | Iterable<Float32Array>;

export interface EncodedFile {
  /** What the file's first bytes are, now that its length is known; undefined where they need not change. */
  readonly header: Uint8Array | undefined;
  /** At the result's sample rate. */
  readonly sampleCount: number;
}

export interface EncodeBlocksOptions {
  readonly settings: EncodingSettings;
  readonly signal: AbortSignal | undefined;
  /** The first bytes can be written again at the end. */
  readonly isFile: boolean;
}

/**
 * Takes a chunk when its reader wants more bytes, and not before. Whatever ends it, the chunks' iterator is told and
 * the thread's memory is free.
 */
export async function* encodeBlocks(
  chunks: SampleChunks,
  { settings, signal, isFile }: EncodeBlocksOptions,
): AsyncGenerator<Uint8Array, EncodedFile, undefined> {
  const wait = <T>(promise: Promise<T>): Promise<T> => abortable(promise, signal, 'Encoding the audio');
  const iterator = iteratorOf(chunks);
  let hasEnded = false;
  const opening = openEncodingJob(settings, isFile);
  // Not waited for: a source that is stuck, or a thread that still opens, must not hold up who has gone.
  const release = (): void => {
    opening.then((job) => job.close()).catch(() => {});
    if (hasEnded) return;
    hasEnded = true;
    void (async () => iterator.return?.())().catch(() => {});
  };
  // At once, whether or not its reader ever comes back.
  const stopListening = onAbort(signal, release);
  try {
    const job = await wait(opening);
    for (;;) {
      const { done = false, value } = await wait(Promise.resolve(iterator.next()));
      hasEnded = done;
      if (done) break;
      requireSamples(value);
      for (let start = 0; start < value.length; start += pieceLength) {
        const bytes = await wait(job.push(Float32Array.from(value.subarray(start, start + pieceLength))));
        if (bytes.length > 0) yield bytes;
      }
    }
    const { bytes, header, sampleCount } = await wait(job.finish());
    if (bytes.length > 0) yield bytes;
    return { header, sampleCount };
  } finally {
    stopListening();
    release();
  }
}

/** Samples that the thread takes at once, about a second: then it is another job's turn. */
const pieceLength = 1 << 14;

function iteratorOf(chunks: SampleChunks): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
}

/** @throws FerrumError `InvalidParameter` for what gives no chunks */
export function requireChunks(chunks: unknown): void {
  const isObject = typeof chunks === 'object' && chunks !== null;
  if (isObject && !ArrayBuffer.isView(chunks) && (Symbol.asyncIterator in chunks || Symbol.iterator in chunks)) return;
  const message =
    'chunks must be an iterable or async iterable of Float32Array; for one array of samples give [samples].';
  throw new FerrumError('InvalidParameter', message, { details: { parameter: 'chunks' } });
}

function requireSamples(value: unknown): asserts value is Float32Array {
  if (value instanceof Float32Array) return;
  throw new FerrumError('InvalidParameter', 'Each of the chunks must be a Float32Array of mono samples, −1 to 1.');
}
