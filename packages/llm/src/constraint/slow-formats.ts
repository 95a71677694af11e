import { createHash } from 'node:crypto';

const mostKept = 256;

/** Formats that took too long to compile, so that nobody waits for them again. */
export class SlowFormats {
  /** By their hash: when they may be tried again. */
  readonly #until = new Map<string, number>();

  /** @param forMs how long they are remembered: a busy machine may have been the cause */
  constructor(private readonly forMs: number) {}

  has(key: string): boolean {
    const hash = hashOf(key);
    const until = this.#until.get(hash);
    if (until === undefined || until > performance.now()) return until !== undefined;
    this.#until.delete(hash);
    return false;
  }

  add(key: string): void {
    const hash = hashOf(key);
    this.#until.delete(hash);
    this.#until.set(hash, performance.now() + this.forMs);
    const [oldest] = this.#until.keys();
    if (this.#until.size > mostKept && oldest !== undefined) this.#until.delete(oldest);
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
