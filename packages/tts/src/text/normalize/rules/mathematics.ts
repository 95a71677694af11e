import { cardinal } from '../number-words.js';
import { type Rule, type RuleContext, rule, say, startingWith, textAfter } from '../rule.js';

/** Signs before a number, between two things, and after one: −5, 2 + 2, x², x < 5, ~50. */
export const MATHEMATICS_RULES: readonly Rule[] = [
  ...startingWith('⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹', [
    rule('[⁺⁻]?[⁰¹²³⁴-⁹]{1,20}', (match, context) => power(match[0].normalize('NFKC').replace('−', '-'), context)),
  ]),
  ...startingWith('^', [
    rule(String.raw`\^\{?([-−+]?\d{1,20})\}?`, (match, context) => power(match[1] ?? '', context)),
    say(String.raw`\^[({]?(?=\p{L})`, ' to the power of '),
  ]),
  ...startingWith('<>≤⩽≥⩾=!≠', [
    say('<?-{1,2}>|=>', ' to '),
    say('<-{1,2}(?!\\d)', ' from '),
    compares('<=|≤|⩽', 'less than or equal to'),
    compares('>=|≥|⩾', 'greater than or equal to'),
    compares('<(?= |[\\p{L}\\d.$-])', 'less than'),
    compares('>(?= |[\\p{L}\\d.$-])', 'greater than'),
    say('!==?|≠', ' is not equal to '),
    say('={1,}', ' equals '),
  ]),
  ...startingWith('-−–—', [
    say('-{1,2}>', ' to '),
    rule(String.raw`[-−](?=[$€£¥₹]?\.?\d)`, (_match, context) => (beginsNumber(context) ? 'minus ' : undefined)),
    // "x^2 - 4ac", "2^n - 1", "n - 1"
    rule(String.raw`[-–−](?= ?(?:[\d(\\]|\p{L}(?!\p{L})))`, (_match, context) =>
      TERM_BEFORE.test(context.text.slice(Math.max(0, context.start - 24), context.start)) ? ' minus ' : undefined,
    ),
    rule('[-–−](?= \\d)', (_match, context) => (isSubtraction(context) ? ' minus ' : undefined)),
    say('−(?= ?[\\p{L}\\p{N}(])', ' minus '),
    rule(String.raw`[-–—](?= \d)`, (_match, { text, start }) =>
      /\d[%°]? $/.test(text.slice(Math.max(0, start - 4), start)) ? ' to ' : undefined,
    ),
    // "5-3=2" subtracts; in "1-2-3" the numbers stand in a row.
    rule(String.raw`[-–](?=\d)`, (_match, context) =>
      /[\d%]/.test(context.text.charAt(context.start - 1)) ? (isSubtraction(context) ? ' minus ' : ' ') : undefined,
    ),
  ]),
  ...startingWith('+±', [
    say('±', ' plus or minus '),
    say(String.raw`\+/[-−](?= ?\d)`, ' plus or minus '),
    rule(String.raw`\+(?=[$€£¥₹]?\.?\d)`, (_match, context) => (beginsNumber(context) ? 'plus ' : undefined)),
    rule(String.raw`\+\+|\+`, (match, context) => plus(match[0], context)),
  ]),
  ...startingWith('~', [
    rule(String.raw`~(?= ?[-−+]?[$€£¥₹]?\.?\d)`, (_match, context) => (beginsNumber(context) ? 'about ' : undefined)),
  ]),
  ...startingWith('≈≃≅', [compares('[≈≃≅]', 'approximately')]),
  ...startingWith('×*÷/', [
    say('×', ' times '),
    say(String.raw`\*(?= ?[\d(])`, ' times '),
    say('÷', ' divided by '),
    rule(String.raw`/(?= [\d(])`, (_match, { text, start }) =>
      text.charAt(start - 1) === ' ' ? ' divided by ' : undefined,
    ),
  ]),
  ...startingWith('√∞∑∫∂Δ∈∀∃∧∨¬', [
    say('√', ' square root of '),
    say('∞', ' infinity '),
    say('∑', ' sum of '),
    say('∫', ' integral of '),
    say('∂', ' partial '),
    say('∈', ' in '),
    say('∀', ' for all '),
    say('∃', ' there exists '),
    say('∧', ' and '),
    say('∨', ' or '),
    say('¬', ' not '),
  ]),
];

/** "x < 5" is a statement, "<5" an amount. */
function compares(source: string, spoken: string): Rule {
  return rule(source, (_match, { text, start }) =>
    /[\p{L}\p{N})] ?$/u.test(text.slice(Math.max(0, start - 2), start)) ? ` is ${spoken} ` : ` ${spoken} `,
  );
}

/** Whether a sign here belongs to the number after it, not between it and something before. */
function beginsNumber({ text, start }: RuleContext): boolean {
  return !/[\p{L}\p{N})\]%'"]/u.test(text.charAt(start - 1));
}

/** A power, or a variable (no unit, as in "5 g - 10 g") with or without its factor, and at most one space. */
const TERM_BEFORE = /(?:\^[\w{}()+-]{1,12}|[²³⁰¹⁴-⁹ⁿ]|(?<![\p{L}\p{N}'.-]|\d )\d{0,6}[b-fi-kn-rt-z] )\)? ?$/u;

/** "10 - 5 = 5": a number before, and an equals sign near. */
function isSubtraction(context: RuleContext): boolean {
  const { text, start } = context;
  if (!/[\p{L}\p{N})] ?$/u.test(text.slice(Math.max(0, start - 2), start))) return false;
  return /[=≈]/.test(text.slice(Math.max(0, start - 24), start) + textAfter(context, start));
}

/** C++, A+, 18+: said after the word; between words it stands between. */
function plus(sign: string, { text, start }: RuleContext): string {
  if (sign.length === 2) return /[\p{L}\p{N}]/u.test(text.charAt(start + 2)) ? ' plus plus ' : ' plus plus';
  const endsWord = /^[ .,;:!?)]?$/.test(text.charAt(start + 1)) && text.charAt(start - 1) !== ' ';
  return endsWord ? ' plus' : ' plus ';
}

/** A superscript after white space or nothing is the number of a note: silent. */
function power(exponent: string, { text, start, british }: RuleContext): string {
  if (!/[\p{L}\p{N})]/u.test(text.charAt(start - 1))) return ' ';
  if (exponent === '2') return ' squared';
  if (exponent === '3') return ' cubed';
  const sign = /^[-−]/.test(exponent) ? 'minus ' : '';
  return ` to the power of ${sign}${cardinal(exponent.replace(/^\D/, ''), british)}`;
}
