import type { LanguageRules } from './languages/language-rules.js';

/** What follows a full stop and white space. */
export interface NextWord {
  /** A word with capitals and small letters whole, else its first character. */
  readonly text: string;
  readonly isLower: boolean;
  readonly isUpper: boolean;
  readonly isNumber: boolean;
}

/** How far back the word before a full stop is looked for, in UTF-16 code units. */
export const longestAbbreviation = 32;

/**
 * Whether a full stop ends the sentence, as far as the word before it tells.
 *
 * @param before the sentence up to the full stop, its last `longestAbbreviation` characters at least
 * @returns undefined when the word before is no abbreviation, ordinal or initial
 */
export function stopEndsSentence(before: string, next: NextWord, rules: LanguageRules): boolean | undefined {
  const chain = lastWord.exec(before.slice(-longestAbbreviation))?.[0].split(space) ?? [];
  const word = chain.at(-1) ?? '';
  if (word === '') return undefined;
  const opensSentence = rules.starters.has(next.text);
  switch (rules.abbreviationKind(chain.join('')) ?? rules.abbreviationKind(word)) {
    case 'neverLast':
      return false;
    case 'beforeNumber':
      return next.isNumber || (romanNumber.test(next.text) && !opensSentence) ? false : undefined;
    case 'mayBeLast':
      return opensSentence;
    case 'times':
      return rules.afterTimes.has(next.text) || timeZone.test(next.text) ? false : undefined;
  }
  if (rules.hasOrdinalStops && ordinal.test(word)) return opensSentence;
  if (!initials.test(word)) return undefined;
  if (rules.oneLetterWords.has(word) && before.length > 1) return undefined;
  return next.isUpper ? opensSentence : undefined;
}

/** With the single letters before it: "z. B", "p. ex", "e.g. Mr". An apostrophe makes no initial: "don't". */
const lastWord = /(?<![\p{L}\p{M}\p{N}'’])(?:\p{L}\.[ \u00a0\u202f]?)*[\p{L}\p{M}\p{N}]*$/u;
const space = /[ \u00a0\u202f]/;
const initials = /^(?:[\p{Lu}\p{Ll}]\.)*[\p{Lu}\p{Ll}]$/u;
const ordinal = /^(?:\d{1,2}|[IVX]+)$/;
const romanNumber = /^[IVXLC]+$/;
const timeZone = /^[A-Z]{2,4}$/;
