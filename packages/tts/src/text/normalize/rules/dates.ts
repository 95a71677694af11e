import { RANGE } from '../number-pattern.js';
import { cardinal, ordinal, year as yearWords } from '../number-words.js';
import { closingStop, type Rule, rule, wordBefore } from '../rule.js';
import { clockWords } from './times.js';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const SHORT = 'Jan Feb Mar Apr May Jun Jul Aug Sept Sep Oct Nov Dec'.split(' ');
const MONTH = `(${[...MONTHS, ...SHORT].flatMap((name) => [name, name.toUpperCase()]).join('|')})`;
const DAY = String.raw`(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?`;
const NOT_MORE = String.raw`(?![\p{L}\p{Nd}]|[/:]\d|[.,]\d)`;
const YEAR = String.raw`(\d{4}|'\d{2})(?![\p{L}\p{Nd}]|[/:.]\d|,\d{3})`;

/** Month first: March 3rd, 1999 / Nov. 29 / March 3–5 / March 1999. */
export const DATE_LETTER_RULES: readonly Rule[] = [
  rule(String.raw`${MONTH}\.? ${DAY}(?:${RANGE}${DAY})?(?:(,)? ${YEAR})?${NOT_MORE}`, (match, { british }) => {
    const [, month = '', first = '', last, comma = '', year] = match;
    const article = british ? 'the ' : '';
    const days = `${article}${ordinal(first, british)}${last === undefined ? '' : ` to ${article}${ordinal(last, british)}`}`;
    return `${monthName(month)} ${days}${year === undefined ? '' : `${comma} ${yearOf(year, british)}`}`;
  }),
  rule(String.raw`${MONTH}\.?(,?) ${YEAR}`, (match, { british }) =>
    // "May 1500 people": a year is one of our time.
    /^(?:1[0-9]|20)\d\d$|^'/.test(match[3] ?? '')
      ? `${monthName(match[1] ?? '')}${match[2]} ${yearOf(match[3] ?? '', british)}`
      : undefined,
  ),
];

/** Day first and all in digits: 3 March 1999, 29-Nov-2024, 2024-11-29, 11/29/2024, 29.11.2024. */
export const DATE_DIGIT_RULES: readonly Rule[] = [
  rule(
    String.raw`(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?:T| )(\d{2}):(\d{2})(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\p{L}\p{Nd}]|[-/.]\d)`,
    (match, { british }) => {
      const [, year = '', separator, month = '', day = '', hour, minute] = match;
      if (separator === '.' && day.length < 2) return undefined;
      const date = dateWords(year, month, day, british);
      if (date === undefined || hour === undefined) return date;
      return `${date}, ${clockWords(hour, minute ?? '', false, british) ?? ''}`;
    },
  ),
  rule(String.raw`(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\p{L}\p{Nd}]|[-/.]\d)`, (match, { british }) => {
    const [, first = '', separator = '', second = '', year = ''] = match;
    if (year.length === 2 && separator !== '/') return undefined;
    // A point is continental, where the day comes first.
    const dayFirst = (british || separator === '.' || Number(first) > 12) && Number(second) <= 12;
    const fullYear = year.length === 4 ? year : `${Number(year) < 70 ? '20' : '19'}${year}`;
    return dateWords(fullYear, dayFirst ? second : first, dayFirst ? first : second, british);
  }),
  // 11/2024
  rule(
    String.raw`(0?[1-9]|1[0-2])/((?:19|20)\d{2})(?![\p{L}\p{Nd}/])`,
    (match, { british }) => `${MONTHS[Number(match[1]) - 1]} ${yearWords(match[2] ?? '', british)}`,
  ),
  // "on 11/29"
  rule(String.raw`(\d{1,2})/(\d{1,2})(?![\p{L}\p{Nd}/]|\.\d)`, (match, context) => {
    if (!/^(?:on|due|until|till|by|since|dated|before|after|starting)$/i.test(wordBefore(context))) return undefined;
    const [, first = '', second = ''] = match;
    const dayFirst = context.british && Number(second) <= 12;
    return dateWords(undefined, dayFirst ? second : first, dayFirst ? first : second, context.british);
  }),
  rule(
    String.raw`${DAY}(?:${RANGE}${DAY})?( of)?[ -]${MONTH}(\.?)(?:(,?)[ -]${YEAR})?(?![\p{L}\p{Nd}])`,
    (match, context) => {
      const [matched, first = '', last, , month = '', stop = '', comma = '', year] = match;
      const { british } = context;
      const article = /^the$/i.test(wordBefore(context)) ? '' : 'the ';
      const days = `${ordinal(first, british)}${last === undefined ? '' : ` to the ${ordinal(last, british)}`}`;
      const spoken = `${article}${days} of ${monthName(month)}${year === undefined ? '' : `${comma} ${yearOf(year, british)}`}`;
      // "3 May." keeps its full stop, "3 Nov. we" has none.
      if (year !== undefined || stop === '') return spoken;
      return SHORT.some((name) => name.toLowerCase() === month.toLowerCase()) &&
        month.length < 5 &&
        !/^may$/i.test(month)
        ? spoken + closingStop(match, context)
        : { spoken, length: matched.length - 1 };
    },
  ),
];

/** @returns the full name of a month given by its name or its first letters */
export function monthName(name: string): string {
  return MONTHS.find((month) => month.toLowerCase().startsWith(name.slice(0, 3).toLowerCase())) ?? name;
}

function dateWords(year: string | undefined, month: string, day: string, british: boolean): string | undefined {
  const name = MONTHS[Number(month) - 1];
  if (name === undefined || Number(day) < 1 || Number(day) > 31) return undefined;
  const date = british ? `the ${ordinal(day, true)} of ${name}` : `${name} ${ordinal(day, false)}`;
  return year === undefined ? date : `${date}, ${yearWords(year, british)}`;
}

function yearOf(text: string, british: boolean): string {
  if (!text.startsWith("'")) return yearWords(text, british);
  const rest = text.slice(1);
  return rest.startsWith('0') ? `oh ${cardinal(rest.slice(1), british)}` : cardinal(rest, british);
}
