import type { GenerationTiming } from '@ferrum/interfaces';

/** Takes the times of one request, of `performance.now()`. */
export class GenerationClock {
  #begunAt: number | undefined;
  #firstTokenAt: number | undefined;
  /** Of the answer that is being generated. */
  #lastTokenAt: number | undefined;
  #gaps = 0;
  #gapMs = 0;

  /** @param startedAt when the caller asked */
  constructor(readonly startedAt: number) {}

  /** The request got a sequence. */
  begun(): void {
    this.#begunAt = performance.now();
  }

  /** Another answer begins. */
  nextAnswer(): void {
    this.#lastTokenAt = undefined;
  }

  /** A token was sampled, that which ends an answer included. */
  token(): void {
    const now = performance.now();
    this.#firstTokenAt ??= now;
    if (this.#lastTokenAt !== undefined) {
      this.#gaps += 1;
      this.#gapMs += now - this.#lastTokenAt;
    }
    this.#lastTokenAt = now;
  }

  /** From the call to the first token, in ms; undefined before it. */
  get timeToFirstTokenMs(): number | undefined {
    return this.#firstTokenAt === undefined ? undefined : this.#firstTokenAt - this.startedAt;
  }

  /** Mean time between two tokens of an answer, in ms; undefined where there were none. */
  get tokenGapMs(): number | undefined {
    return this.#gaps === 0 ? undefined : this.#gapMs / this.#gaps;
  }

  /** @param computed prompt tokens that no cache held */
  timing(computed: number): GenerationTiming {
    const totalMs = performance.now() - this.startedAt;
    const prefillMs = (this.#firstTokenAt ?? 0) - (this.#begunAt ?? 0);
    return {
      timeToFirstTokenMs: this.timeToFirstTokenMs ?? totalMs,
      ...(this.#firstTokenAt !== undefined && prefillMs > 0
        ? { prefillTokensPerSecond: (1000 * computed) / prefillMs }
        : {}),
      ...(this.#gapMs > 0 ? { decodeTokensPerSecond: (1000 * this.#gaps) / this.#gapMs } : {}),
      totalMs,
    };
  }
}
