import type { LogitsProcessor } from './logits-processor.js';

/** Rules tokens out. */
export class BannedTokens implements LogitsProcessor {
  readonly parameter = 'bannedTokens';

  constructor(private readonly tokens: readonly number[]) {}

  process(logits: Float32Array): void {
    for (const token of this.tokens) logits[token] = Number.NEGATIVE_INFINITY;
  }
}
