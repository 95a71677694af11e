import type { LogitsProcessor } from './logits-processor.js';

/** Rules the tokens out that end an answer, until it is long enough. */
export class MinimumTokens implements LogitsProcessor {
  readonly parameter = 'minTokens';
  #length = 0;

  constructor(
    private readonly minimum: number,
    private readonly endTokens: ReadonlySet<number>,
  ) {}

  process(logits: Float32Array): void {
    if (this.#length >= this.minimum) return;
    for (const token of this.endTokens) logits[token] = Number.NEGATIVE_INFINITY;
  }

  accept(): void {
    this.#length += 1;
  }
}
