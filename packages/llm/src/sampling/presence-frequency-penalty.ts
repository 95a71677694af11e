import type { LogitsProcessor } from './logits-processor.js';
import { TokenCounts } from './token-counts.js';

/** Takes `presence` once, and `frequency` as often as it came, off the logit of every token of the answer; not the prompt. */
export class PresenceFrequencyPenalty implements LogitsProcessor {
  readonly parameter: string;
  readonly #answer = new TokenCounts();

  constructor(
    private readonly presence: number,
    private readonly frequency: number,
  ) {
    this.parameter = presence === 0 ? 'frequencyPenalty' : 'presencePenalty';
  }

  process(logits: Float32Array): void {
    const { presence, frequency } = this;
    const { tokens, counts } = this.#answer;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i] as number;
      logits[token] = (logits[token] as number) - presence - frequency * (counts[i] as number);
    }
  }

  accept(token: number): void {
    this.#answer.add(token);
  }
}
