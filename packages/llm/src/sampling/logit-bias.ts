import type { LogitsProcessor } from './logits-processor.js';

/** Adds to the logits of given tokens. */
export class LogitBias implements LogitsProcessor {
  readonly parameter = 'logitBias';
  readonly #entries: readonly (readonly [token: number, bias: number])[];

  constructor(bias: ReadonlyMap<number, number>) {
    this.#entries = [...bias];
  }

  process(logits: Float32Array): void {
    for (const [token, bias] of this.#entries) logits[token] = (logits[token] as number) + bias;
  }
}
