// A program that transcribes, in a process of its own: it opens its model once, then answers each line of JSON with one.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

export class TranscribeProcess {
  #child;
  #answers;

  /** Resolves once the model is open; `program` says what runs. */
  static async start(command, args) {
    const process = new TranscribeProcess(command, args);
    const { program } = await process.#next();
    process.program = program;
    return process;
  }

  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** `name` is one of transcribe, memory, delay (Ferrum), wer and match (the peer). */
  ask(name, request = {}) {
    this.#child.stdin.write(`${JSON.stringify({ do: name, ...request })}\n`);
    return this.#next();
  }

  async close() {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await closed;
  }

  async #next() {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.#child.spawnargs.join(' ')} ended without an answer.`);
    return JSON.parse(value);
  }
}

export function startFerrum(model, { threads, quantization }) {
  const script = path.join(import.meta.dirname, 'transcribe-ferrum.mjs');
  const flags = ['--threads', String(threads), '--quantization', quantization];
  return TranscribeProcess.start(process.execPath, [script, model, ...flags]);
}

export function startPeer(folder, { threads, compute, python }) {
  const script = path.join(import.meta.dirname, 'peers', 'faster-whisper.py');
  return TranscribeProcess.start(python, [script, folder, '--compute', compute, '--threads', String(threads)]);
}
