import { NUMBER, RANGE, WORD_END } from '../number-pattern.js';
import { cardinal, pluralOfNumber, year } from '../number-words.js';
import {
  announcesCode,
  closingStop,
  type Rule,
  type RuleContext,
  rule,
  startingWith,
  textAfter,
  wordBefore,
} from '../rule.js';

const ERA = String.raw`(BCE|BC|CE|AD|B\.C\.E\.|B\.C\.|C\.E\.|A\.D\.)`;

/** Years: 1999, 1990–95, 500 BC. */
export const YEAR_DIGIT_RULES: readonly Rule[] = [
  rule(String.raw`(\d{1,4})(?:${RANGE}(\d{1,4}))? ?${ERA}(?!\p{L}|\p{Nd})`, (match, context) => {
    const [, first = '', last, era = ''] = match;
    const years = [first, last].flatMap((text) => (text === undefined ? [] : [year(text, context.british)]));
    return `${years.join(' to ')} ${era.replace(/\./g, '')}${closingStop(match, context)}`;
  }),
  // 1990–1995, 1990–95
  rule(
    String.raw`(1[1-9]\d\d|20\d\d)${RANGE}(1[1-9]\d\d|20\d\d|\d\d)(?![\p{L}\p{Nd}]|[-–/:]\d|[.,]\d)`,
    (match, context) => {
      const [matched, first = '', last = ''] = match;
      if (countsSomething(context, matched.length, Number(first)) || (last.length === 2 && last <= first.slice(2)))
        return undefined;
      return `${year(first, context.british)} to ${last.length === 2 && last.startsWith('0') ? `oh ${cardinal(last.slice(1), context.british)}` : year(last, context.british)}`;
    },
  ),
  rule(String.raw`(1[1-9]\d\d|20\d\d|10\d\d)(?![\p{L}\p{Nd}]|[/:]\d|[.,]\d|[-–]\d)`, (match, context) => {
    const [digits = ''] = match;
    // Before 1100 a number is a year only where the words say so: "in 1066".
    if (announcesCode(context)) return undefined;
    if (digits.startsWith('10') && !/^(?:in|since|circa|year)$/i.test(wordBefore(context))) return undefined;
    return countsSomething(context, digits.length, Number(digits)) ? undefined : year(digits, context.british);
  }),
];

/** 1980s, his 30s, 100s of: before units, for the s is no second. */
export const DECADE_DIGIT_RULES: readonly Rule[] = [
  rule(String.raw`(10{2,3})s(?= of|\+)`, (match) => `${match[1] === '100' ? 'hundreds' : 'thousands'}`),
  // 1980s, 1800's
  rule(String.raw`(\d{1,2}\d0)'?s${WORD_END}`, (match, { british }) =>
    match[1]?.length === 4 ? pluralOfNumber(year(match[1], british)) : undefined,
  ),
  // "his 30s", "the 90s", "mid-20s"
  rule(`([2-9]0)'?s${WORD_END}`, (match, context) =>
    /^(?:the|his|her|their|my|your|our|early|late|mid|in|upper|lower|low|high)$/i.test(wordBefore(context)) ||
    /(?:(?:mid|early|late)-|\d0'?s (?:and|or|to) )$/i.test(
      context.text.slice(Math.max(0, context.start - 9), context.start),
    )
      ? pluralOfNumber(cardinal(match[1] ?? '', context.british))
      : undefined,
  ),
];

/** AD 79 */
export const YEAR_LETTER_RULES: readonly Rule[] = [
  rule(
    String.raw`(?:AD|A\.D\.) (\d{1,4})(?![\p{L}\p{Nd}])`,
    (match, { british }) => `AD ${year(match[1] ?? '', british)}`,
  ),
  rule(String.raw`(?:ca?|circa)\. ?(?=\d{3,4}(?!\d))`, () => 'circa '),
];

/** '90s, '99 */
export const DECADE_SIGN_RULES: readonly Rule[] = startingWith("'", [
  rule(String.raw`'(\d0)s${WORD_END}`, (match, { british }) => pluralOfNumber(cardinal(match[1] ?? '', british))),
  rule(String.raw`'(\d\d)(?![\p{L}\p{Nd}'"]|[.,]\d)`, (match, context) => {
    if (!/^(?:in|of|since|summer|winter|spring|fall|autumn|class|by|until|back)$/i.test(wordBefore(context)))
      return undefined;
    const digits = match[1] ?? '';
    return digits.startsWith('0')
      ? `oh ${cardinal(digits.slice(1), context.british)}`
      : cardinal(digits, context.british);
  }),
]);

/** Whether a four-digit number counts the things named after it ("1500 people") or is measured ("over 1200"). */
function countsSomething(context: RuleContext, length: number, value: number): boolean {
  const before = wordBefore(context);
  if (QUANTITY_BEFORE.test(before)) return true;
  const after = textAfter(context, context.start + length);
  if (new RegExp(`^ ?[+×*/÷=<>] ?${NUMBER}`, 'u').test(after)) return true;
  const noun = /^ (\p{Ll}+)(?!\p{L})/u.exec(after)?.[1];
  if (noun === undefined || !isPlural(noun)) return false;
  if (value >= 1950 && value < 2050 && value % 100 !== 0 && !COUNTED.has(noun)) return false;
  if (YEAR_BEFORE.test(before)) return value % 100 === 0 && value !== 1900 && value !== 2000;
  return !(/^(?:the|these|those)$/i.test(before) && value >= 1900 && value < 2100);
}

function isPlural(word: string): boolean {
  if (IRREGULAR_PLURALS.has(word)) return true;
  return word.length > 3 && /[^sui]s$/.test(word) && !VERBS_IN_S.has(word);
}

const QUANTITY_BEFORE =
  /^(?:than|over|nearly|almost|exactly|another|only|least|most|total|equals|plus|minus|times|number)$/i;
const YEAR_BEFORE = /^(?:in|since|during|circa|year|years|by|from|until|till|before|after)$/i;
const IRREGULAR_PLURALS = new Set(
  'people men women children feet teeth mice geese sheep fish percent dollars students words times miles years days hours minutes data'.split(
    ' ',
  ),
);
/** What is counted by the thousand, so that even "2019 users" are so many. */
const COUNTED = new Set(
  'people persons men women children adults kids students pupils teachers users members employees workers staff customers clients visitors guests patients participants respondents players fans soldiers troops residents citizens inhabitants households homes houses rooms cars vehicles dollars euros pounds yen rupees cents bucks francs units percent times copies words characters letters pages lines items pieces points votes seats steps calories feet inches meters metres yards miles kilometers kilometres acres hectares tons tonnes grams kilograms liters litres gallons watts hours days minutes seconds weeks months years bytes bits pixels tokens files rows records entries samples images photos songs messages emails calls downloads subscribers followers views likes stars commits tests nodes shares cases deaths animals birds trees sheep fish'.split(
    ' ',
  ),
);
const VERBS_IN_S = new Set(
  'this does marks sees brings begins ends starts remains seems comes goes makes looks shows feels perhaps always was has its saw gives takes gets says promises sometimes afterwards towards besides whereas unless'.split(
    ' ',
  ),
);
