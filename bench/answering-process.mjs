// A program in a process of its own that answers each line of JSON with one; answer-requests.mjs is its other side.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class AnsweringProcess {
  #child;
  #answers;

  /** Resolves once the program is ready; `program` says what runs. */
  static async start(command, args) {
    const process = new AnsweringProcess(command, args);
    const { program } = await process.#next();
    process.program = program;
    return process;
  }

  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** `name` is one of the answers that the program has. */
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
