import { WORD_END } from '../number-pattern.js';
import { cardinal, digitByDigit } from '../number-words.js';
import { type Rule, rule, textAfter, wordBefore } from '../rule.js';

/** Version numbers and network addresses. */
export const CODE_RULES: { readonly letter: readonly Rule[]; readonly digit: readonly Rule[] } = {
  letter: [
    rule(
      String.raw`[vV](\d{1,4}(?:\.\d{1,6}){0,5})${WORD_END}(?!\.\d)`,
      (match, { british }) => `version ${points(match[1] ?? '', british)}`,
    ),
  ],
  digit: [
    // A letter that belongs to the number of a room, a seat or a house.
    rule(String.raw`(\d{1,3})([A-Z])${WORD_END}(?!\.\d)`, (match, context) => {
      const [matched, number = '', letter = ''] = match;
      const isHouse = letter <= 'F' && /^ \p{Lu}\p{Ll}/u.test(textAfter(context, context.start + matched.length));
      if (!isHouse && !PLACE_BEFORE.test(wordBefore(context))) return undefined;
      // The letter A alone would be the article.
      return `${cardinal(number, context.british)} ${letter === 'A' ? 'Eh' : letter}`;
    }),
    // The postal code of a state: NY 10118, DC 20500-0001.
    rule(String.raw`(\d{5})(?:-(\d{4}))?${WORD_END}(?![.,]\d|-\d)`, (match, context) => {
      if (!STATES.has(wordBefore(context))) return undefined;
      return digitByDigit(match[1] ?? '') + (match[2] === undefined ? '' : `, ${digitByDigit(match[2])}`);
    }),
    // A hexadecimal number is spelled by the phonemizer.
    rule(String.raw`0[xX][\da-fA-F]{1,64}${WORD_END}`, (match) => match[0]),
    // Addresses of IPv4, with a port or the length of a network.
    rule(
      String.raw`(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::(\d{1,5})|/(\d{1,2}))?${WORD_END}(?!\.\d)`,
      (match, { british }) => {
        const bytes = (match[1] ?? '').split('.');
        if (bytes.some((byte) => Number(byte) > 255)) return undefined;
        const port = match[2] === undefined ? '' : ` port ${digitByDigit(match[2])}`;
        const network = match[3] === undefined ? '' : ` slash ${cardinal(match[3], british)}`;
        return bytes.map((byte) => byteWords(byte, british)).join(' dot ') + port + network;
      },
    ),
    rule(String.raw`\d{1,6}(?:\.\d{1,6}){2,11}${WORD_END}`, (match, { british }) => points(match[0], british)),
  ],
};

const PLACE_BEFORE =
  /^(?:apt|apartment|flat|room|rm|seat|gate|unit|suite|ste|platform|building|bldg|block|exit|number|no)\.?$/i;
const STATES = new Set(
  'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY'.split(
    ' ',
  ),
);

function points(text: string, british: boolean): string {
  return text
    .split('.')
    .map((part) => cardinal(part, british))
    .join(' point ');
}

/** "one ninety-two", "two oh five": three digits of an address are read like a year's. */
function byteWords(byte: string, british: boolean): string {
  if (byte.length < 3 || byte.endsWith('00')) return cardinal(byte, british);
  const rest = Number(byte.slice(1));
  return `${cardinal(byte.charAt(0), british)} ${rest < 10 ? 'oh ' : ''}${cardinal(String(rest), british)}`;
}
