import { RuleIndex } from './rule-index.js';
import { ABBREVIATION_RULES } from './rules/abbreviations.js';
import { ADDRESS_RULES, LINK_RULES } from './rules/addresses.js';
import { CODE_RULES } from './rules/codes.js';
import { CURRENCY_CODE_RULES, CURRENCY_SIGN_RULES, CURRENCY_SUFFIX_RULES } from './rules/currency.js';
import { DATE_DIGIT_RULES, DATE_LETTER_RULES } from './rules/dates.js';
import { EMOJI_RULES } from './rules/emoji.js';
import { FRACTION_DIGIT_RULES, FRACTION_SIGN_RULES } from './rules/fractions.js';
import { LATEX_RULES } from './rules/latex.js';
import { MARKUP_RULES } from './rules/markup.js';
import { MATHEMATICS_RULES } from './rules/mathematics.js';
import { NUMBER_DIGIT_RULES, ORDINAL_DIGIT_RULES } from './rules/numbers.js';
import { PHONE_DIGIT_RULES, PHONE_SIGN_RULES } from './rules/phones.js';
import { PUNCTUATION_RULES } from './rules/punctuation.js';
import { ROMAN_RULES } from './rules/roman.js';
import { SIGN_RULES } from './rules/signs.js';
import { TIME_RULES } from './rules/times.js';
import { UNIT_DIGIT_RULES, UNIT_WORD_RULES } from './rules/units.js';
import { DECADE_DIGIT_RULES, DECADE_SIGN_RULES, YEAR_DIGIT_RULES, YEAR_LETTER_RULES } from './rules/years.js';

/** The rules that can begin with a character of each kind, in the order in which they are tried. */
export interface RuleSet {
  readonly british: boolean;
  /** Tried once in each run without white space. */
  readonly address: RuleIndex;
  readonly letter: RuleIndex;
  readonly digit: RuleIndex;
  readonly symbol: RuleIndex;
}

/** @param language BCP 47, any case, `-` or `_` */
export function rulesFor(language: string): RuleSet {
  if (!/^en(?:$|[-_])/i.test(language)) return EVERYWHERE;
  return /^en(?:$|[-_](?:us|ca|ph)(?:$|[-_]))/i.test(language) ? AMERICAN : BRITISH;
}

const EVERYWHERE: RuleSet = {
  british: false,
  address: new RuleIndex([]),
  letter: new RuleIndex(LINK_RULES),
  digit: new RuleIndex(EMOJI_RULES),
  symbol: new RuleIndex([...EMOJI_RULES, ...MARKUP_RULES, ...PUNCTUATION_RULES]),
};

const AMERICAN: RuleSet = {
  british: false,
  address: new RuleIndex(ADDRESS_RULES),
  letter: new RuleIndex([
    ...DATE_LETTER_RULES,
    ...CURRENCY_CODE_RULES,
    ...YEAR_LETTER_RULES,
    ...CODE_RULES.letter,
    ...UNIT_WORD_RULES,
    ...ROMAN_RULES,
    ...ABBREVIATION_RULES,
  ]),
  digit: new RuleIndex([
    ...EMOJI_RULES,
    ...DATE_DIGIT_RULES,
    ...CODE_RULES.digit,
    ...PHONE_DIGIT_RULES,
    ...TIME_RULES,
    ...CURRENCY_SUFFIX_RULES,
    ...DECADE_DIGIT_RULES,
    ...ORDINAL_DIGIT_RULES,
    ...FRACTION_DIGIT_RULES,
    ...UNIT_DIGIT_RULES,
    ...YEAR_DIGIT_RULES,
    ...NUMBER_DIGIT_RULES,
  ]),
  symbol: new RuleIndex([
    ...EMOJI_RULES,
    ...LATEX_RULES,
    ...CURRENCY_SIGN_RULES,
    ...PHONE_SIGN_RULES,
    ...FRACTION_SIGN_RULES,
    ...DECADE_SIGN_RULES,
    ...MARKUP_RULES,
    ...MATHEMATICS_RULES,
    ...SIGN_RULES,
    ...PUNCTUATION_RULES,
  ]),
};

const BRITISH: RuleSet = { ...AMERICAN, british: true };
