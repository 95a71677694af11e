import { toCardinal } from 'n2words/en-US';

/** The most digits that have a name: 10^66 − 1, "nine hundred ninety-nine vigintillion …". */
const LARGEST_NAMED_DIGITS = 66;

/**
 * @param digits decimal digits, without separators
 * @returns the cardinal, "one hundred (and) five"; digit by digit with leading zeros or more than 66 digits
 */
export function cardinal(digits: string, british: boolean): string {
  if (/^0\d/.test(digits) || digits.length > LARGEST_NAMED_DIGITS) return digitByDigit(digits);
  // n2words writes "one million and seventy-seven thousand" as well: "and" belongs before tens and ones only.
  return toCardinal(BigInt(digits), { and: british }).replace(
    /illion and (?=[a-z-]+ (?:thousand|[a-z]+illion)$)/,
    'illion ',
  );
}

/** @returns the ordinal, "one hundred (and) fifth" */
export function ordinal(digits: string, british: boolean): string {
  const words = cardinal(digits.replace(/^0+(?=\d)/, ''), british);
  const last = /[a-z]+$/.exec(words)?.[0] ?? words;
  const ordinalWord = IRREGULAR_ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return words.slice(0, words.length - last.length) + ordinalWord;
}

/** @returns "one nine zero": how a code is read */
export function digitByDigit(digits: string): string {
  return Array.from(digits, (digit) => DIGITS[Number(digit)] ?? '').join(' ');
}

/** @returns "nineteen ninety-nine", "two thousand (and) five", "nineteen oh five", "eighteen hundred" */
export function year(digits: string, british: boolean): string {
  const value = Number(digits);
  const century = Math.floor(value / 100);
  const rest = value % 100;
  if (value < 1000 || value > 9999 || value % 1000 < 10) {
    return cardinal(String(value), british);
  }
  const first = cardinal(String(century), british);
  if (rest === 0) return `${first} hundred`;
  return `${first} ${rest < 10 ? 'oh ' : ''}${cardinal(String(rest), british)}`;
}

/**
 * @param text a number as written: separators (comma, space, underscore) and a decimal point, no sign
 * @returns "one thousand two hundred three point five"
 */
export function decimal(text: string, british: boolean): string {
  const [whole = '', fraction] = text.replace(/[,_ ]/g, '').split('.');
  const parts = whole === '' ? [] : [cardinal(whole, british)];
  if (fraction !== undefined) parts.push('point', digitByDigit(fraction));
  return parts.join(' ');
}

/** "twenty" → "twenties", "nineteen hundred" → "nineteen hundreds" */
export function pluralOfNumber(words: string): string {
  if (words.endsWith('y')) return `${words.slice(0, -1)}ies`;
  return words.endsWith('x') ? `${words}es` : `${words}s`;
}

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};
