import { digitByDigit } from '../number-words.js';
import { type Rule, rule, startingWith, wordBefore } from '../rule.js';

const END = String.raw`(?![\p{L}\p{Nd}]|[-.]\d)`;

/** 555-0123, 555-123-4567, 1-800-555-0199, 4111 1111 1111 1111, 123-45-6789, ISBN 978-3-16-148410-0. */
export const PHONE_DIGIT_RULES: readonly Rule[] = [
  rule(String.raw`\d{1,3}([-. ])\d{3}\1\d{3}\1\d{4}${END}`, (match) => grouped(match[0])),
  rule(String.raw`\d{3}([-.])\d{3}\1\d{4}${END}`, (match) => grouped(match[0])),
  rule(String.raw`\d{3} \d{3}[- ]\d{4}${END}`, (match) => grouped(match[0])),
  rule(String.raw`(?:1[- ])?\(\d{3}\) ?\d{3}[- ]\d{4}${END}`, (match) => grouped(match[0])),
  rule(String.raw`\d{3}-\d{2}-\d{4}${END}`, (match) => grouped(match[0])),
  rule(String.raw`\d{4}([- ])\d{4}\1\d{4}\1\d{4}${END}`, (match) => grouped(match[0])),
  rule(String.raw`0\d{2,4} \d{3,4} ?\d{3,4}${END}`, (match) => grouped(match[0])),
  rule(String.raw`\d{1,7}(?:-\d{1,7}){2,5}-[\dX]${END}`, (match, context) =>
    /^isbn:?$/i.test(wordBefore(context)) ? grouped(match[0]) : undefined,
  ),
  // Three and four digits are a local number unless both are round: "500-1000" is a range.
  rule(String.raw`(\d{3})-(\d{4})${END}`, (match) =>
    match[1]?.endsWith('0') &&
    match[2]?.endsWith('0') &&
    Number(match[1]) < Number(match[2]) &&
    !match[2].startsWith('0')
      ? undefined
      : grouped(match[0]),
  ),
];

/** +1 (555) 123-4567, (555) 123-4567 */
export const PHONE_SIGN_RULES: readonly Rule[] = startingWith('+(', [
  rule(String.raw`\+\d{1,3}(?:[-. ]?\(?\d{1,5}\)?){2,6}${END}`, (match) =>
    (match[0].match(/\d/g)?.length ?? 0) >= 8 ? `plus ${grouped(match[0])}` : undefined,
  ),
  rule(String.raw`\(\d{3}\) ?\d{3}[- ]\d{4}${END}`, (match) => grouped(match[0])),
]);

/** Digit by digit, with a pause between the groups. */
function grouped(text: string): string {
  return (text.match(/[\dX]+/g) ?? []).map((group) => (group === 'X' ? 'X' : digitByDigit(group))).join(', ');
}
