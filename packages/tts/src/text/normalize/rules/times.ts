import { MERIDIEM, RANGE, WORD_END } from '../number-pattern.js';
import { cardinal, decimal } from '../number-words.js';
import { closingStop, type Rule, rule } from '../rule.js';

/** Times of day: 3:30 p.m., 15:45, 7:00 am, 10pm, 9–5 pm, 3:30:15; other pairs with a colon are ratios. */
export const TIME_RULES: readonly Rule[] = [
  rule(
    String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?: ?(${MERIDIEM}))?(?:(?:${RANGE})(\d{1,2})(?::(\d{2}))?)?(?: ?(${MERIDIEM}))?(?![\p{Nd}:])${WORD_END}`,
    (match, context) => {
      const [, hour = '', minute = '', second, fraction, firstMeridiem, lastHour, lastMinute, lastMeridiem] = match;
      const { british } = context;
      const start = clockWords(hour, minute, (firstMeridiem ?? lastMeridiem) !== undefined, british);
      const end =
        lastHour === undefined ? '' : clockWords(lastHour, lastMinute ?? '00', lastMeridiem !== undefined, british);
      if (start === undefined || end === undefined || Number(second ?? 0) > 59) return undefined;
      const seconds =
        second === undefined
          ? ''
          : ` and ${decimal(`${Number(second)}${fraction === undefined ? '' : `.${fraction}`}`, british)} second${Number(second) === 1 ? '' : 's'}`;
      return [
        start + seconds,
        meridiemWords(firstMeridiem),
        end === '' ? '' : ` to ${end}`,
        meridiemWords(lastMeridiem),
        closingStop(match, context),
      ].join('');
    },
  ),
  rule(
    String.raw`(\d{1,2})(?:(?: ?(${MERIDIEM}))?${RANGE}(\d{1,2})(?::(\d{2}))?)? ?(${MERIDIEM})`,
    (match, context) => {
      const [, first = '', firstMeridiem, last, lastMinute = '00', meridiem] = match;
      if (Number(first) > 12 || Number(last ?? 0) > 12 || Number(first) === 0) return undefined;
      const { british } = context;
      const end = last === undefined ? '' : ` to ${clockWords(last, lastMinute, true, british) ?? ''}`;
      const start = cardinal(String(Number(first)), british) + meridiemWords(firstMeridiem);
      return start + end + meridiemWords(meridiem) + closingStop(match, context);
    },
  ),
  // 15h30, 18.30 are left alone; 1:100, 2:1 are ratios.
  rule(
    String.raw`(\d{1,6}):(\d{1,6})(?![\p{Nd}:])${WORD_END}`,
    (match, { british }) => `${cardinal(match[1] ?? '', british)} to ${cardinal(match[2] ?? '', british)}`,
  ),
];

/**
 * @param hasMeridiem "a.m." or "p.m." is said after it
 * @returns "three thirty", "twelve oh five", "seven o'clock", "fifteen hundred", or undefined when it is no time
 */
export function clockWords(hour: string, minute: string, hasMeridiem: boolean, british: boolean): string | undefined {
  const hours = Number(hour);
  const minutes = Number(minute);
  if (hours > 24 || minutes > 59) return undefined;
  const hourWords = cardinal(String(hours), british);
  if (minutes > 0) return `${hourWords} ${minutes < 10 ? 'oh ' : ''}${cardinal(String(minutes), british)}`;
  if (hasMeridiem) return hourWords;
  if (hours % 24 === 0) return 'midnight';
  return hours <= 12 ? `${hourWords} o'clock` : `${hourWords} hundred`;
}

function meridiemWords(meridiem: string | undefined): string {
  if (meridiem === undefined) return '';
  return /^a/i.test(meridiem) ? ' AM' : ' PM';
}
