import { WORD_END } from '../number-pattern.js';
import { cardinal, ordinal, pluralOfNumber } from '../number-words.js';
import { endsText, type Rule, type RuleContext, rule, startingWith, wordBefore } from '../rule.js';
import { type UnitWords, unitWords } from '../unit-names.js';

const VULGAR = '¼½¾⅐-⅞↉';
/** A unit, or another word that is given back. */
const UNIT = String.raw`(?: ?(\p{L}{1,6}|°[CF])${WORD_END}\.?)?`;

/** Simple fractions: ½, 1/2, 2 1/2, 2½, 3/4 kg; other pairs are "eight out of ten" or "eleven over twelve". */
export const FRACTION_DIGIT_RULES: readonly Rule[] = [
  rule(String.raw`(24)/(7)(?![\d/])|(9)/(11)(?![\d/])|(50)/(50)(?![\d/])|(20)/(20)(?![\d/])`, (match, { british }) =>
    match
      .slice(1)
      .filter((part) => part !== undefined)
      .map((part) => cardinal(part, british))
      .join(' '),
  ),
  rule(String.raw`(\d{1,6})[ -]?([${VULGAR}])${UNIT}`, (match, context) => {
    const { numerator, denominator } = fromVulgar(match[2] ?? '');
    return mixed(match[0], match[1] ?? '', numerator, denominator, match[3], context);
  }),
  rule(String.raw`(\d{1,4})[ -](\d{1,3})[/⁄](\d{1,3})(?![\d/]|\.\d)${UNIT}`, (match, context) =>
    Number(match[2]) < Number(match[3])
      ? mixed(match[0], match[1] ?? '', match[2] ?? '', match[3] ?? '', match[4], context)
      : undefined,
  ),
  rule(String.raw`(\d{1,6})[/⁄](\d{1,6})(?![\d/]|\.\d|[-–]\d)${UNIT}`, (match, context) =>
    simple(match[0], match[1] ?? '', match[2] ?? '', match[3], context),
  ),
];

export const FRACTION_SIGN_RULES: readonly Rule[] = startingWith('¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞↉', [
  rule(`([${VULGAR}])${UNIT}`, (match, context) => {
    const { numerator, denominator } = fromVulgar(match[1] ?? '');
    return simple(match[0], numerator, denominator, match[2], context);
  }),
]);

function mixed(
  matched: string,
  whole: string,
  numerator: string,
  denominator: string,
  unit: string | undefined,
  context: RuleContext,
) {
  const { british } = context;
  const name = partName(denominator, british);
  const part = numerator === '1' ? `${articleOf(name)} ${name}` : fractionWords(numerator, denominator, british);
  return withUnit(matched, `${cardinal(whole, british)} and ${part}`, unit, context, ({ many }) => many);
}

function simple(
  matched: string,
  numerator: string,
  denominator: string,
  unit: string | undefined,
  context: RuleContext,
) {
  const { british } = context;
  const top = Number(numerator);
  const bottom = Number(denominator);
  const isFraction = bottom > 1 && (top === 1 || (top > 0 && top < bottom && /^(?:[2-9]|16|32|64)$/.test(denominator)));
  if (isFraction) {
    const words = fractionWords(numerator, denominator, british);
    return withUnit(matched, words, unit, context, ({ one }) => `${bottom === 2 ? '' : 'of '}${articleOf(one)} ${one}`);
  }
  const isPlace = /^(?:page|step|part|slide|item|chapter|level)$/i.test(wordBefore(context));
  const isScore = /^(?:10|20|100)$/.test(denominator) && top <= bottom;
  const link = isPlace ? 'of' : isScore ? 'out of' : 'over';
  return withUnit(matched, `${cardinal(numerator, british)} ${link} ${cardinal(denominator, british)}`, unit, context);
}

/** Adds the unit; a word after the fraction that is none is given back. */
function withUnit(
  matched: string,
  spoken: string,
  unit: string | undefined,
  context: RuleContext,
  unitSpoken?: (words: UnitWords) => string,
) {
  if (unit === undefined) return spoken;
  const hasStop = matched.endsWith('.');
  const unitStart = matched.length - unit.length - (hasStop ? 1 : 0);
  const touches = matched.charAt(unitStart - 1) !== ' ';
  const words = unitWords(unit);
  if (words === undefined || unitSpoken === undefined || (words.mustTouch && !touches)) {
    // A word that touches the fraction ("1/2x") makes it something else.
    return touches ? undefined : { spoken, length: unitStart - 1 };
  }
  const withWords = `${spoken.replace(/^one half$/, 'half')} ${unitSpoken(words)}`;
  if (!hasStop || words.mayHaveStop) {
    return withWords + (hasStop && endsText(context, context.start + matched.length) ? '.' : '');
  }
  return { spoken: withWords, length: matched.length - 1 };
}

function articleOf(word: string): string {
  return /^(?:[aeio]|hour)/.test(word) ? 'an' : 'a';
}

function fractionWords(numerator: string, denominator: string, british: boolean): string {
  const name = partName(denominator, british);
  if (numerator === '1') return `one ${name}`;
  return `${cardinal(numerator, british)} ${name === 'half' ? 'halves' : pluralOfNumber(name)}`;
}

function partName(denominator: string, british: boolean): string {
  if (denominator === '2') return 'half';
  return denominator === '4' ? 'quarter' : ordinal(denominator, british).replace(/^one (?=hundredth|thousandth)/, '');
}

function fromVulgar(sign: string): { numerator: string; denominator: string } {
  const [numerator = '0', denominator = '1'] = sign.normalize('NFKC').split('⁄');
  return { numerator, denominator };
}
