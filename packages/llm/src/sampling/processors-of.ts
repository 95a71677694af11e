import { BannedTokens } from './banned-tokens.js';
import { Dry } from './dry.js';
import { LogitBias } from './logit-bias.js';
import type { LogitsProcessor } from './logits-processor.js';
import { MinimumTokens } from './minimum-tokens.js';
import { PresenceFrequencyPenalty } from './presence-frequency-penalty.js';
import { RepetitionPenalty } from './repetition-penalty.js';
import type { SamplingContext } from './sampling-context.js';
import type { SamplingOptions } from './sampling-options.js';

/** The processors that a request needs, in the order that `SamplingParams` documents. */
export function processorsOf(options: SamplingOptions, context: SamplingContext): readonly LogitsProcessor[] {
  const { logitBias, bannedTokens, minTokens, repetitionPenalty, presencePenalty, frequencyPenalty, dry } = options;
  const { promptTokens, endTokens, tokenText, mask } = context;
  const processors: LogitsProcessor[] = [];
  if (logitBias.size > 0) processors.push(new LogitBias(logitBias));
  if (bannedTokens.length > 0) processors.push(new BannedTokens(bannedTokens));
  if (minTokens > 0) processors.push(new MinimumTokens(minTokens, endTokens));
  if (mask) processors.push(mask);
  if (repetitionPenalty !== 1) processors.push(new RepetitionPenalty(repetitionPenalty, promptTokens));
  if (presencePenalty !== 0 || frequencyPenalty !== 0) {
    processors.push(new PresenceFrequencyPenalty(presencePenalty, frequencyPenalty));
  }
  if (dry && dry.multiplier > 0) processors.push(new Dry(dry, promptTokens, tokenText));
  return processors;
}
