import { type MessagePort, parentPort } from 'node:worker_threads';
import { FerrumError } from '@ferrum/registry/errors';
import { type Espeak, loadEspeak } from './load-espeak.js';
import type { FromEspeak, ToEspeak } from './messages.js';

/** The thread of espeak-ng. Run as a worker. */
if (parentPort) serve(parentPort);

function serve(port: MessagePort): void {
  let espeak: Promise<Espeak> | undefined;

  port.on('message', (message: ToEspeak) => {
    void answer(message)
      .catch((error: unknown): FromEspeak => {
        // What is no error of ours is thrown: espeak-ng's state is unknown then, and the thread ends.
        if (!FerrumError.isInstance(error)) throw error;
        return { type: 'failed', code: error.code, message: error.message };
      })
      .then((said) => port.postMessage(said));
  });

  async function answer(message: ToEspeak): Promise<FromEspeak> {
    espeak ??= loadEspeak();
    // A failure is not kept: the next question tries again.
    const opened = await espeak.catch((error: unknown) => {
      espeak = undefined;
      throw error;
    });
    return message.type === 'voices'
      ? { type: 'voices', voices: opened.voices() }
      : { type: 'clauses', clauses: opened.phonemize(message.text, message.voice) };
  }
}
