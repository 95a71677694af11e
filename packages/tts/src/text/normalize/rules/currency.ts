import { CURRENCY_CODES, CURRENCY_SIGNS, type Currency, currencyOf } from '../currency-names.js';
import { NUMBER, RANGE, WORD_END } from '../number-pattern.js';
import { cardinal, decimal } from '../number-words.js';
import { describesNoun, type Reading, type Rule, type RuleContext, rule, say, textAfter } from '../rule.js';
import { divisorWord } from '../unit-names.js';
import { closesFormula } from './latex.js';

const AMOUNT = String.raw`(?:\d{1,3}(?:\.\d{3}){1,5},\d{2}(?!\d)|\d{1,12},\d{2}(?![\d,])|${NUMBER})`;
const POWER = `(?:[ -]?(thousand|million|billion|trillion|mn|bn|tn)${WORD_END}|([kKmMbBtT])${WORD_END})?`;
const PER = String.raw`(?:/(\p{L}{1,8})(?!\p{L}))?`;
const SIGN = `(?:${CURRENCY_SIGNS})`;
const CODE = `(?:${CURRENCY_CODES})`;

/** $45.50, US$5, €1.5M, $5–10 million, $20/month. */
export const CURRENCY_SIGN_RULES: readonly Rule[] = [
  prefixed(SIGN),
  // $1M–$2M
  say(
    String.raw`(?<=\d(?:[kKmMbBtT]|[ -]?(?:thousand|million|billion|trillion|mn|bn|tn)) ?)[-–—] ?(?=${SIGN} ?[\d.])`,
    ' to ',
  ),
];

/** US$5, USD 45: the sign begins with letters. */
export const CURRENCY_CODE_RULES: readonly Rule[] = [prefixed(`(?:${SIGN}|${CODE})`)];

/** 45 USD, 5 €, 50¢. */
export const CURRENCY_SUFFIX_RULES: readonly Rule[] = [
  rule(
    String.raw`(${AMOUNT})(?:${RANGE}(${AMOUNT}))?${POWER} ?(${CODE}|US\$|[€£¥₹₩₽₺₴₫฿₪¢$])(?![\p{L}\p{N}$])${PER}`,
    (match, context) => read(match, context, { first: 1, second: 2, word: 3, letter: 4, sign: 5, per: 6 }),
  ),
  // Pence only where pounds are at home.
  rule(String.raw`(\d{1,3})p${WORD_END}`, (match, { british }) =>
    british ? `${cardinal(match[1] ?? '', true)} ${match[1] === '1' ? 'penny' : 'pence'}` : undefined,
  ),
];

function prefixed(sign: string): Rule {
  return rule(
    String.raw`(${sign}) ?([-−])?(${AMOUNT})(?:${RANGE}(?:${sign})? ?(${AMOUNT}))?${POWER}(?!\p{L}|\p{N})${PER}`,
    (match, context) => read(match, context, { sign: 1, minus: 2, first: 3, second: 4, word: 5, letter: 6, per: 7 }),
  );
}

interface Groups {
  readonly sign: number;
  readonly minus?: number;
  readonly first: number;
  readonly second: number;
  readonly word: number;
  readonly letter: number;
  readonly per: number;
}

function read(match: RegExpExecArray, context: RuleContext, groups: Groups): Reading | string | undefined {
  const sign = match[groups.sign];
  if (sign === '$' && closesFormula(context.text, context.start + match[0].lastIndexOf('$'))) return undefined;
  const currency = currencyOf(match[groups.sign] ?? '');
  if (currency === undefined) return undefined;
  const first = plainAmount(match[groups.first] ?? '');
  const second = match[groups.second] === undefined ? undefined : plainAmount(match[groups.second] ?? '');
  const power = match[groups.word] ?? match[groups.letter];
  const per = match[groups.per] === undefined ? '' : divisorWord(match[groups.per] ?? '');
  const perLength = match[groups.per] === undefined ? 0 : (match[groups.per]?.length ?? 0) + 1;
  const end = context.start + match[0].length;
  // $0.002/1K
  const things = /^\/(\d{1,3})([kKmM])(?![\p{L}\p{N}])/u.exec(textAfter(context, end));
  const single = per === '' && things === null && describesNoun(context, end);
  const spoken = [
    match[groups.minus ?? -1] === undefined ? '' : 'minus ',
    amount(first, second, power && (POWERS[power.toLowerCase()] ?? power), currency, single, context.british),
    per ? ` per ${per}` : '',
    things && ` per ${cardinal(things[1] ?? '', context.british)} ${POWERS[things[2]?.toLowerCase() ?? '']}`,
  ].join('');
  // What stands under the line is no divisor: it is read for itself.
  return per === undefined
    ? { spoken, length: match[0].length - perLength }
    : { spoken, length: match[0].length + (things?.[0].length ?? 0) };
}

function amount(
  first: string,
  second: string | undefined,
  power: string | undefined,
  currency: Currency,
  single: boolean,
  british: boolean,
): string {
  const [whole = '', fraction] = first.split('.');
  const isPlain = power === undefined && second === undefined;
  if (isPlain && currency.minor !== undefined && fraction?.length === 2) {
    const minor = Number(fraction);
    const minorWords =
      minor === 0
        ? ''
        : `${cardinal(String(minor), british)} ${minor === 1 ? currency.minor.one : currency.minor.many}`;
    if (Number(whole) === 0 && minor > 0) return minorWords;
    const major = `${cardinal(String(BigInt(whole)), british)} ${single || /^0*1$/.test(whole) ? currency.one : currency.many}`;
    return minorWords === '' ? major : `${major} and ${minorWords}`;
  }
  const words = [
    decimal(first, british),
    second === undefined ? '' : ` to ${decimal(second, british)}`,
    power === undefined ? '' : ` ${power}`,
  ].join('');
  return `${words} ${single || (isPlain && first === '1') ? currency.one : currency.many}`;
}

/** Separators out, a point for decimals: "1.234,50" and "45,50" are European. */
function plainAmount(text: string): string {
  const european = /^([\d.]+),(\d{2})$/.exec(text);
  if (european !== null) return `${(european[1] ?? '').replace(/\./g, '')}.${european[2]}`;
  return text.replace(/[,_ ]/g, '').replace(/^\./, '0.');
}

const POWERS: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  mn: 'million',
  b: 'billion',
  bn: 'billion',
  t: 'trillion',
  tn: 'trillion',
};
