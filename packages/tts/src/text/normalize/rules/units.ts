import { NUMBER, RANGE, WORD_END } from '../number-pattern.js';
import { cardinal, decimal } from '../number-words.js';
import { closingStop, describesNoun, type Rule, type RuleContext, rule, textAfter } from '../rule.js';
import { type UnitWords, unitWords } from '../unit-names.js';

const SYMBOL = String.raw`(?:[°º] ?[CF]?|%|‰|[\p{L}µμΩ℃℉㎡㎞㎏]{1,8})`;
const RAISED = String.raw`(?:\^?[23²³])?`;
const DIVISOR = String.raw`(?:/\p{L}{1,8}${RAISED})?`;
const POWER_WORD = '(?: ?(thousand|million|billion|trillion))?';

/** Quantities: 5 kg, 20 °C, 10–20 %, 3.5 million km, 60 km/h, 5'11", 2h 30min. */
export const UNIT_DIGIT_RULES: readonly Rule[] = [
  // 5'11" or 5′11″
  rule(String.raw`(\d{1,2})['′] ?(\d{1,2})(?:"|″|''|′′)`, (match, { british }) =>
    Number(match[2]) < 12
      ? `${cardinal(match[1] ?? '', british)} foot ${cardinal(match[2] ?? '', british)}`
      : undefined,
  ),
  // 40°26′46″N
  rule(
    String.raw`(\d{1,3})[°º] ?(\d{1,2})['′](?: ?(\d{1,2}(?:\.\d{1,4})?)(?:"|″|''))?(?: ?([NSEW])(?!\p{L}))?`,
    (match, { british }) =>
      [
        [match[1], 'degrees'],
        [match[2], 'minutes'],
        [match[3], 'seconds'],
      ]
        .filter(([value]) => value !== undefined)
        .map(([value = '', unit]) => `${decimal(value.replace(/^0(?=\d)/, ''), british)} ${unit}`)
        .concat(COMPASS[match[4] ?? ''] ?? [])
        .join(' '),
  ),
  // 5 ft 11 in
  rule(
    String.raw`(\d{1,3}) ?ft\.? ?(\d{1,2}) ?in(?![\p{L}\p{Nd}]|-| (?:the|an?|my|his|her|its|our|their|this|that)(?!\p{L}))\.?`,
    (match, context) => {
      const [, feet = '', inches = ''] = match;
      const one = describesNoun(context, context.start + match[0].length);
      return `${cardinal(feet, context.british)} ${feet === '1' || one ? 'foot' : 'feet'} ${cardinal(inches, context.british)} ${inches === '1' || one ? 'inch' : 'inches'}${closingStop(match, context)}`;
    },
  ),
  rule(String.raw`(${NUMBER})(′|″)(?!\d)`, (match, { british }) => {
    const [one, many] = match[2] === '′' ? ['foot', 'feet'] : ['inch', 'inches'];
    return `${decimal(match[1] ?? '', british)} ${match[1] === '1' ? one : many}`;
  }),
  // 2h30m, 1h 30min, 5m30s
  rule(String.raw`(\d{1,3}) ?h ?(\d{1,2}) ?m(?:in)?(?: ?(\d{1,2}) ?s(?:ec)?)?${WORD_END}`, (match, { british }) =>
    duration([match[1], match[2], match[3]], british),
  ),
  rule(String.raw`(\d{1,3}) ?m(?:in)? ?(\d{1,2}) ?s(?:ec)?${WORD_END}`, (match, { british }) =>
    duration([undefined, match[1], match[2]], british),
  ),
  rule(
    String.raw`(${NUMBER})(?:(%|‰|[°º])?${RANGE}[-−]?(${NUMBER}))?${POWER_WORD}( |-)?(${SYMBOL}${RAISED}${DIVISOR})(?![\p{L}\p{Nd}])\.?`,
    readQuantity,
  ),
  // The same without a divisor that is none: "5 km/whatever".
  rule(
    String.raw`(${NUMBER})(?:(%|‰|[°º])?${RANGE}[-−]?(${NUMBER}))?${POWER_WORD}( |-)?(${SYMBOL}${RAISED})(?![\p{L}\p{Nd}])\.?`,
    readQuantity,
  ),
];

/** Units that are certain without a number before them. */
export const UNIT_WORD_RULES: readonly Rule[] = [
  rule(
    `(?:km/h|kmh|m/s[²2]?|[kKMG]B/s|mph|kWh|kg/m[³3]|W/m[²2]|mg/d?L)${WORD_END}`,
    (match) => unitWords(match[0])?.many,
  ),
];

function readQuantity(match: RegExpExecArray, context: RuleContext) {
  const [matched, first = '', , second, powerWord, separator = '', symbol = ''] = match;
  const unit = unitWords(symbol.replace(/^([°º]) (?=[CF])/, '$1'));
  if (unit === undefined) return undefined;
  const hasStop = matched.endsWith('.');
  const end = context.start + matched.length - (hasStop ? 1 : 0);
  // "3-in-1", "10 in-depth": a word.
  if (unit.mustTouch && !hasStop && (separator === '-' || /^-\p{L}|^-\p{N}/u.test(textAfter(context, end))))
    return undefined;
  // "10 in the box", "5 A students": no unit before another word.
  if (
    !(hasStop && unit.mayHaveStop) &&
    unit.mustTouch &&
    separator === ' ' &&
    /^ ?[\p{L}\p{N}]/u.test(textAfter(context, end + (hasStop ? 1 : 0)))
  )
    return undefined;
  const isSingle = first === '1' && second === undefined && powerWord === undefined;
  const spoken = [
    decimal(first, context.british),
    second === undefined ? '' : ` to ${decimal(second, context.british)}`,
    powerWord === undefined ? '' : ` ${powerWord}`,
    separator === '-' ? '-' : ' ',
    nameOf(unit, isSingle || separator === '-' || (!symbol.includes('/') && describesNoun(context, end))),
  ].join('');
  if (!hasStop) return spoken;
  return unit.mayHaveStop ? spoken + closingStop(match, context) : { spoken, length: matched.length - 1 };
}

function nameOf(unit: UnitWords, single: boolean): string {
  return single ? unit.one : unit.many;
}

function duration(parts: readonly (string | undefined)[], british: boolean): string {
  return parts
    .flatMap((value, index) =>
      value === undefined
        ? []
        : [
            `${cardinal(String(Number(value)), british)} ${['hour', 'minute', 'second'][index]}${Number(value) === 1 ? '' : 's'}`,
          ],
    )
    .join(' ');
}

const COMPASS: Readonly<Record<string, string>> = { N: 'north', S: 'south', E: 'east', W: 'west' };
