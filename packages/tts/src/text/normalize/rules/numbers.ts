import { NUMBER, RANGE, WORD_END } from '../number-pattern.js';
import { cardinal, decimal, digitByDigit, ordinal } from '../number-words.js';
import { announcesCode, type Rule, type RuleContext, rule, textAfter, wordBefore } from '../rule.js';

/** 1st, 21st, 1,000th: before units, where "st" might be one. */
export const ORDINAL_DIGIT_RULES: readonly Rule[] = [
  rule(String.raw`(\d{1,3}(?:,\d{3}){1,6}|\d{1,20}) ?(st|nd|rd|th)${WORD_END}`, (match, { british }) =>
    match[0].includes(' ') ? undefined : ordinal((match[1] ?? '').replace(/,/g, ''), british),
  ),
];

/** Plain numbers, tried last: powers of ten, ranges, codes, dimensions, decimals. */
export const NUMBER_DIGIT_RULES: readonly Rule[] = [
  // Too long to have a name.
  rule(String.raw`\d{67,}`, (match) => `${digitByDigit(match[0])} `),
  // 1.5e-3, 1E6
  rule(
    String.raw`(\d{1,20}(?:\.\d{1,20})?)[eE]([-−+]?)(\d{1,3})${WORD_END}`,
    (match, { british }) =>
      `${decimal(match[1] ?? '', british)} times ten to the power of ${/[-−]/.test(match[2] ?? '') ? 'minus ' : ''}${cardinal(String(Number(match[3])), british)}`,
  ),
  // 10k, 1.5M, 7B; "4K" and "5G" are names.
  rule(String.raw`(${NUMBER})(?:${RANGE}(${NUMBER}))?(?:([kMB])|(K))\+?${WORD_END}`, (match, { british }) => {
    const [matched, first = '', second, power = '', kilo] = match;
    if (kilo !== undefined && /^\d$/.test(second ?? first)) return undefined;
    const word = { k: 'thousand', M: 'million', B: 'billion' }[power] ?? 'thousand';
    return `${decimal(first, british)}${second === undefined ? '' : ` to ${decimal(second, british)}`} ${word}${matched.endsWith('+') ? ' plus' : ''}`;
  }),
  // 1920x1080, 5 x 10, 1920×1080
  rule(
    String.raw`(${NUMBER})(?: ?[xX] ?|×(?=\d{3}))(?=\d)`,
    (match, { british }) => `${decimal(match[1] ?? '', british)} by `,
  ),
  // 2x, 10×
  rule(String.raw`(${NUMBER})(?:${RANGE}(${NUMBER}))?[x×]${WORD_END}(?! ?\d)`, (match, { british }) => {
    const to = match[2] === undefined ? '' : ` to ${decimal(match[2], british)}`;
    return `${decimal(match[1] ?? '', british)}${to} ${match[0].endsWith('x') ? 'x' : 'times'}`;
  }),
  rule(String.raw`(${NUMBER})${RANGE}(${NUMBER})(?![-–]\d)${WORD_END}`, (match, context) => {
    const [, first = '', second = ''] = match;
    if (announcesCode(context) || subtracts(context, match[0].length)) return undefined;
    return `${decimal(first, context.british)} to ${decimal(second, context.british)}`;
  }),
  rule(
    String.raw`(\d{1,3}(?:([, _])\d{3})(?:\2\d{3}){0,20}|\d{1,2}(?:,\d{2}){1,10},\d{3})(?![\p{L}\p{Nd}])(?!\.\d)`,
    (match, { british }) =>
      // "3 100" alone may be two numbers.
      match[2] === ' ' && match[0].length < 8 ? undefined : decimal(match[0], british),
  ),
  rule(String.raw`\d{1,66}${WORD_END}(?!\.\d|[,_]\d{3}(?!\d))`, (match, context) => whole(match[0], context)),
  rule(`${NUMBER}${WORD_END}`, (match, context) => version(match[0], context) ?? decimal(match[0], context.british)),
  // Two letters or less after a number are read after it ("3D", "5G"): left to the phonemizer as they are.
];

/** Cardinal, or digit by digit after words that announce a code and when the number is long and not round. */
function whole(digits: string, context: RuleContext): string {
  if (announcesCode(context)) return digitByDigit(digits);
  if (digits.length < 7 || digits.length > 66) return cardinal(digits, context.british);
  const countsNoun = /^ \p{Ll}{2,}s\b|^ people\b/u.test(textAfter(context, context.start + digits.length));
  return digits.endsWith('000') || countsNoun ? cardinal(digits, context.british) : digitByDigit(digits);
}

/** "Python 3.12" is three point twelve, not three point one two. */
function version(number: string, context: RuleContext): string | undefined {
  const parts = /^(\d{1,3})\.([1-9]\d)$/.exec(number);
  if (parts === null || !VERSIONED_BEFORE.test(wordBefore(context))) return undefined;
  return `${cardinal(parts[1] ?? '', context.british)} point ${cardinal(parts[2] ?? '', context.british)}`;
}

function subtracts(context: RuleContext, length: number): boolean {
  return /^ ?=/.test(textAfter(context, context.start + length));
}

const VERSIONED_BEFORE =
  /^(?:version|release|python|node|node\.js|ubuntu|debian|ios|android|macos|ruby|go|rust|php|swift|cuda|chrome|firefox|kernel|typescript|npm|pnpm|java|django|react|angular)$/i;
