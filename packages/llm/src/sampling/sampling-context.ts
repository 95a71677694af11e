import type { LogitsProcessor } from './logits-processor.js';

/** What a sampler knows of its request beside the options. */
export interface SamplingContext {
  readonly promptTokens: readonly number[];
  /** Masked until `minTokens`. */
  readonly endTokens: ReadonlySet<number>;
  /** The text that a token stands for (a line break, not the vocabulary's sign for one): where `dry` looks for breakers. */
  readonly tokenText: (token: number) => string | undefined;
  readonly vocabularySize: number;
  /** Rules out what the format of the answer does not allow. */
  readonly mask?: LogitsProcessor | undefined;
}
