import { onAbort } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { borrowThread, type DecodingThread, returnThread } from './decoding-threads.js';
import type { SampleBlock } from './worker/block-reader.js';
import type { DecodingJob, FromWorker } from './worker/messages.js';

/** Nothing heard of the thread for so long means that the file has sent its decoder round in circles. In ms. */
const silenceLimitMs = 60_000;
/** So long a cancelled thread may take to stop, before it is ended. In ms. */
const cancelLimitMs = 2000;

/**
 * Runs a job in a decoding thread.
 * @param memory the bytes of an input that is not a file, asked for piece by piece
 * @param label says in errors which audio it is
 * @throws FerrumError what the decoding failed with, `Cancelled`, `Timeout`
 */
export async function* decodeBlocks(
  job: DecodingJob,
  memory: Uint8Array | undefined,
  label: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<SampleBlock, void, undefined> {
  const thread = await borrowThread(signal);
  const inbox = new Inbox(thread, memory, label);
  const stopListening = onAbort(signal, () =>
    inbox.fail(new FerrumError('Cancelled', `Decoding ${label} was cancelled.`, { cause: signal?.reason })),
  );
  thread.post({ type: 'decode', job });
  try {
    for (let samples = await inbox.next(); samples; samples = await inbox.next()) {
      thread.post({ type: 'taken' });
      yield samples;
    }
  } finally {
    stopListening();
    inbox.leave();
  }
}

/** What a thread says, in order, for one reader. */
class Inbox {
  readonly #blocks: SampleBlock[] = [];
  #outcome: 'done' | FerrumError | undefined;
  #wake: (() => void) | undefined;
  #isThreadFree = false;
  #heard = performance.now();
  readonly #watchdog: NodeJS.Timeout;

  constructor(
    private readonly thread: DecodingThread,
    private readonly memory: Uint8Array | undefined,
    private readonly label: string,
  ) {
    thread.listener = { onMessage: (message) => this.#receive(message), onEnd: (error) => this.#end(error) };
    this.#watchdog = setInterval(() => this.#watch(), silenceLimitMs / 4).unref();
  }

  async next(): Promise<SampleBlock | undefined> {
    for (;;) {
      if (this.#outcome instanceof FerrumError) throw this.#outcome;
      const block = this.#blocks.shift();
      if (block) return block;
      if (this.#outcome === 'done') return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the reading; the thread is told by `leave`. */
  fail(error: FerrumError): void {
    this.#outcome ??= error;
    this.#wake?.();
  }

  /** Returns the thread once it has finished, at once or after it was told to. */
  leave(): void {
    clearInterval(this.#watchdog);
    if (this.#isThreadFree) return;
    const { thread } = this;
    const end = (isWorn: boolean): void => {
      clearTimeout(timer);
      returnThread(thread, isWorn);
    };
    const timer = setTimeout(() => end(true), cancelLimitMs);
    thread.listener = {
      onMessage: (message) => {
        if (message.type === 'done' || message.type === 'failed') end(message.isWorn);
      },
      onEnd: () => end(true),
    };
    thread.post({ type: 'cancel' });
  }

  #receive(message: FromWorker): void {
    this.#heard = performance.now();
    switch (message.type) {
      case 'read': {
        const { position, length } = message;
        // Not the method of the object: that of a Buffer gives a view, whose memory would be the caller's.
        const bytes = Uint8Array.prototype.slice.call(this.memory ?? [], position, position + length);
        this.thread.post({ type: 'bytes', bytes }, [bytes.buffer as ArrayBuffer]);
        break;
      }
      case 'block':
        this.#blocks.push(message.samples);
        this.#wake?.();
        break;
      case 'done':
        this.#release(message.isWorn);
        this.#outcome ??= 'done';
        this.#wake?.();
        break;
      case 'failed': {
        this.#release(message.isWorn);
        const { code, details } = message;
        this.fail(new FerrumError(code, `${this.label}: ${message.message}`, { details }));
        break;
      }
      default:
        break;
    }
  }

  #end(error: FerrumError): void {
    this.#release(true);
    this.fail(error);
  }

  #release(isWorn: boolean): void {
    if (this.#isThreadFree) return;
    this.#isThreadFree = true;
    returnThread(this.thread, isWorn);
  }

  #watch(): void {
    // With blocks waiting for the reader it is the thread that waits.
    if (this.#blocks.length > 0) this.#heard = performance.now();
    if (performance.now() - this.#heard < silenceLimitMs) return;
    this.#release(true);
    const message = `${this.label}: its decoder has not got ahead for ${silenceLimitMs / 1000} s; the file is probably damaged. Convert it to WAV with another program.`;
    this.fail(new FerrumError('Timeout', message));
  }
}
