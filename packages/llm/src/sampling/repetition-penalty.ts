import type { LogitsProcessor } from './logits-processor.js';
import { TokenCounts } from './token-counts.js';

/**
 * Makes every token of prompt and answer less probable, however often it came: divides a positive logit, multiplies a
 * negative one. Keskar et al. 2019 (CTRL), with the sign seen to as is usual since.
 */
export class RepetitionPenalty implements LogitsProcessor {
  readonly parameter = 'repetitionPenalty';
  readonly #seen = new TokenCounts();

  constructor(
    private readonly penalty: number,
    promptTokens: readonly number[],
  ) {
    for (const token of promptTokens) this.#seen.add(token);
  }

  process(logits: Float32Array): void {
    const { penalty } = this;
    const { tokens } = this.#seen;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i] as number;
      const logit = logits[token] as number;
      logits[token] = logit > 0 ? logit / penalty : logit * penalty;
    }
  }

  accept(token: number): void {
    this.#seen.add(token);
  }
}
