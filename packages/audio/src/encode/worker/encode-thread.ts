import { type MessagePort, parentPort } from 'node:worker_threads';
import { FerrumError } from '@ferrum/registry/errors';
import type { FromEncoder, ToEncoder } from './messages.js';
import { type Encoding, openEncoding } from './open-encoding.js';

/** The encoding thread: many jobs, a piece of each at a time. Run as a worker. */
if (parentPort) serve(parentPort);

function serve(port: MessagePort): void {
  // libav.js prints each failure; it reaches people as an error instead.
  console.error = () => {};
  const jobs = new Map<number, Promise<Encoding>>();

  port.on('message', (message: ToEncoder) => {
    // What is no error of ours is thrown: FFmpeg's state is unknown then, and the thread ends.
    void answer(message).catch((error: unknown) => {
      if (!FerrumError.isInstance(error)) throw error;
      const { code, message: text, details } = error;
      post({ type: 'failed', job: message.job, code, message: text, details });
    });
  });

  async function answer(message: ToEncoder): Promise<void> {
    const { job } = message;
    if (message.type === 'open') {
      const opening = openEncoding(message.settings, message.isFile);
      jobs.set(job, opening);
      await opening;
      post({ type: 'bytes', job, bytes: new Uint8Array(0) });
      return;
    }
    const opened = jobs.get(job);
    if (message.type === 'close') jobs.delete(job);
    const encoding = await opened;
    if (message.type === 'close') encoding?.close();
    else if (encoding && message.type === 'push') {
      const bytes = encoding.push(message.samples);
      post({ type: 'bytes', job, bytes }, bytes);
    } else if (encoding) {
      const result = encoding.finish();
      post({ type: 'finished', job, ...result }, result.bytes);
    }
  }

  function post(message: FromEncoder, bytes?: Uint8Array): void {
    port.postMessage(message, bytes ? [bytes.buffer as ArrayBuffer] : []);
  }
}
