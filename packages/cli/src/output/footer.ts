import type { Generation } from '../generate.js';
import { formatCount } from './units.js';

/** `[42 tokens, 30 of them thinking, 118.3 tokens/s, first token after 0.21 s]` */
export function formatFooter({ usage, timing, finishReason }: Generation): string {
  const facts = [formatCount(usage.completionTokens, 'token')];
  if (usage.reasoningTokens) facts.push(`${usage.reasoningTokens} of them thinking`);
  if (timing.decodeTokensPerSecond !== undefined) facts.push(`${timing.decodeTokensPerSecond.toFixed(1)} tokens/s`);
  facts.push(`first token after ${(timing.timeToFirstTokenMs / 1000).toFixed(2)} s`);
  if (finishReason === 'length') facts.push('cut off: the token limit or the context is full');
  return `[${facts.join(', ')}]`;
}
