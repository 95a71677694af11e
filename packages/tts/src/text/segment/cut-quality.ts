import type { SpokenToken } from '../normalize/spoken-tokens.js';
import { clauseEnding } from './clauses.js';
import { rulesFor } from './languages/language-rules.js';

/** Worst to best: between words, before a conjunction or preposition, after a clause mark. */
export type CutQuality = 0 | 1 | 2;

/**
 * How good it is to cut between two tokens of a sentence, for `divide`.
 *
 * @param language BCP 47
 * @throws FerrumError `InvalidParameter` for something that is no language tag.
 */
export function cutQualityBetween(token: SpokenToken, next: SpokenToken | undefined, language: string): CutQuality {
  if (clauseEnding(token.spoken) !== undefined) return 2;
  const word = next?.spoken.match(/\p{L}[\p{L}\p{M}]*/u)?.[0] ?? '';
  return rulesFor(language).pausesBefore.has(word.toLowerCase()) ? 1 : 0;
}
