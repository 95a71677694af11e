import { type MessagePort, parentPort } from 'node:worker_threads';
import { FerrumError } from '@ferrum/registry/errors';
import { loadLibav } from '../libav/libav.js';
import { type ByteSource, openFile } from './byte-source.js';
import { decodeJob } from './decode-job.js';
import { blocksAhead, type DecodingInput, type FromWorker, type ToWorker } from './messages.js';

/** The decoding thread: one job at a time. Run as a worker. */
if (parentPort) serve(parentPort);

function serve(port: MessagePort): void {
  // libav.js prints each failure; it reaches people as an error instead.
  console.error = () => {};
  let waitsForBytes: ((bytes: Uint8Array) => void) | undefined;
  let waitsForRoom: (() => void) | undefined;
  let ahead = 0;
  let isCancelled = false;

  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'warm':
        void loadLibav('common').then(() => post({ type: 'warm' }));
        break;
      case 'decode':
        ahead = 0;
        isCancelled = false;
        void run(message.job);
        break;
      case 'bytes':
        waitsForBytes?.(message.bytes);
        break;
      case 'taken':
        ahead--;
        waitsForRoom?.();
        break;
      case 'cancel':
        isCancelled = true;
        waitsForRoom?.();
        waitsForBytes?.(new Uint8Array(0));
        break;
    }
  });

  async function run(job: Extract<ToWorker, { type: 'decode' }>['job']): Promise<void> {
    try {
      const source = open(job.input);
      try {
        await decodeJob(job, source, {
          async send(samples) {
            ahead++;
            post({ type: 'block', samples }, [samples.buffer as ArrayBuffer]);
            if (ahead >= blocksAhead && !isCancelled) {
              await new Promise<void>((resolve) => {
                waitsForRoom = resolve;
              });
            }
          },
          beat: () => post({ type: 'alive' }),
          get isCancelled() {
            return isCancelled;
          },
        });
      } finally {
        source.close();
      }
      post({ type: 'done', isWorn: isWorn() });
    } catch (error) {
      post(failureOf(error));
    }
  }

  function open(input: DecodingInput): ByteSource {
    if (input.kind === 'path') return openFile(input.path);
    return {
      size: input.size,
      read(position, length) {
        if (position >= input.size || length <= 0 || isCancelled) return Promise.resolve(new Uint8Array(0));
        return new Promise((resolve) => {
          waitsForBytes = resolve;
          post({ type: 'read', position, length });
        });
      },
      close: () => {},
    };
  }

  function post(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
    port.postMessage(message, transfer);
  }
}

/** A thread whose memory went beyond this is not kept: WebAssembly's never shrinks. In bytes. */
const mostMemory = 512 * 2 ** 20;

function isWorn(): boolean {
  // This thread's own, WebAssembly's memory among it.
  return process.memoryUsage().external > mostMemory;
}

function failureOf(error: unknown): FromWorker {
  if (FerrumError.isInstance(error)) {
    return { type: 'failed', code: error.code, message: error.message, details: error.details, isWorn: isWorn() };
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The audio decoder failed on this data (${reason.slice(0, 200)}); the file is probably damaged. Convert it to WAV with another program.`;
  // Whatever the library was doing, its state is unknown now.
  return { type: 'failed', code: 'InvalidFormat', message, details: {}, isWorn: true };
}
