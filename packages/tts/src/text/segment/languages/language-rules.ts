import { FerrumError } from '@ferrum/registry/errors';
import { english } from './english.js';
import { french } from './french.js';
import { german } from './german.js';
import { hindi } from './hindi.js';
import { italian } from './italian.js';
import { portuguese } from './portuguese.js';
import { spanish } from './spanish.js';

/**
 * What a language's words say about full stops and pauses. Lists are words parted by white space. A word in lower case also
 * stands for its form with a capital (approx, Approx); one with a capital stands for itself and for capitals (Sat, SAT; not
 * sat).
 *
 * CLDR's list of suppressions is no help here: it holds whole words (Up, Job, Link) and does not tell "Dr." from "Inc.".
 */
export interface LanguageWords {
  /** Abbreviations with more to come: "Dr." "e.g.". */
  readonly neverLast: string;
  /** Abbreviations only when a number follows: "No. 5", "Nov. 29". */
  readonly beforeNumber: string;
  /** Abbreviations that end a sentence when a word that opens one follows: "Apple Inc. It". */
  readonly mayBeLast: string;
  /** Times of day: "3:30 p.m. Then" ends a sentence, "3:30 p.m. Monday" and "3:30 p.m. EST" do not. */
  readonly times: string;
  /** Capitalised words that go on after a time of day. */
  readonly afterTimes: string;
  /** Words that open sentences and are no names, capitalised. */
  readonly starters: string;
  /** Words of one letter, other than initials: "So do I." */
  readonly oneLetterWords: string;
  /** Words before which a speaker may pause: conjunctions, relative pronouns, prepositions. */
  readonly pausesBefore: string;
  /** A full stop after a number makes it an ordinal: "am 3. Oktober". */
  readonly hasOrdinalStops: boolean;
  /** A space stands between text and » : « Stop ! » */
  readonly hasSpacedGuillemets: boolean;
}

export type AbbreviationKind = 'neverLast' | 'beforeNumber' | 'mayBeLast' | 'times';

export interface LanguageRules {
  /** @param word without its last full stop, inner ones without spaces: "Dr", "p.m" */
  abbreviationKind(word: string): AbbreviationKind | undefined;
  readonly afterTimes: ReadonlySet<string>;
  readonly starters: ReadonlySet<string>;
  readonly oneLetterWords: ReadonlySet<string>;
  /** In lower case. */
  readonly pausesBefore: ReadonlySet<string>;
  readonly hasOrdinalStops: boolean;
  readonly hasSpacedGuillemets: boolean;
}

/**
 * @param language BCP 47; one without rules of its own has those that need no words
 * @throws FerrumError `InvalidParameter` for something that is no language tag.
 */
export function rulesFor(language: string): LanguageRules {
  const code = baseLanguage(language);
  let rules = known.get(code);
  if (rules === undefined) {
    rules = toRules(words[code] ?? {});
    known.set(code, rules);
  }
  return rules;
}

const words: Readonly<Record<string, Partial<LanguageWords>>> = {
  de: german,
  en: english,
  es: spanish,
  fr: french,
  hi: hindi,
  it: italian,
  pt: portuguese,
};
const known = new Map<string, LanguageRules>();
const kinds = ['neverLast', 'beforeNumber', 'mayBeLast', 'times'] as const;

function baseLanguage(language: string): string {
  try {
    return new Intl.Locale(language).language;
  } catch (cause) {
    const message = `language must be a BCP 47 tag such as en or en-US, not ${JSON.stringify(language)}.`;
    throw new FerrumError('InvalidParameter', message, { cause, details: { parameter: 'language' } });
  }
}

function toRules(given: Partial<LanguageWords>): LanguageRules {
  const abbreviations = new Map<string, AbbreviationKind>();
  for (const kind of kinds) for (const word of listOf(given[kind])) abbreviations.set(word, kind);
  return {
    abbreviationKind: (word) =>
      abbreviations.get(word) ??
      abbreviations.get(word.slice(0, 1).toLowerCase() + word.slice(1)) ??
      (word === word.toUpperCase() ? abbreviations.get(word.slice(0, 1) + word.slice(1).toLowerCase()) : undefined),
    afterTimes: new Set(listOf(given.afterTimes)),
    starters: new Set(listOf(given.starters)),
    oneLetterWords: new Set(listOf(given.oneLetterWords)),
    pausesBefore: new Set(listOf(given.pausesBefore)),
    hasOrdinalStops: given.hasOrdinalStops ?? false,
    hasSpacedGuillemets: given.hasSpacedGuillemets ?? false,
  };
}

function listOf(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
