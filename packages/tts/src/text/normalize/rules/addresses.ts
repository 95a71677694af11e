import { cardinal, digitByDigit } from '../number-words.js';
import { type Rule, rule } from '../rule.js';

const TOP_LEVEL =
  'com|org|net|edu|gov|mil|int|io|ai|dev|app|co|uk|de|fr|eu|me|info|biz|us|ca|au|jp|cn|in|tv|xyz|ly|gg|ch|nl|se|no|es|it|br|ru|kr|sh|so|to|tech|cloud|online|site|blog';
const FILE_ENDINGS =
  'js|mjs|cjs|ts|tsx|jsx|py|rb|rs|go|java|kt|swift|c|h|cc|cpp|hpp|cs|php|pl|lua|sh|bat|ps1|json|jsonl|yaml|yml|toml|xml|html|htm|css|scss|md|txt|csv|tsv|pdf|doc|docx|xls|xlsx|ppt|pptx|png|jpg|jpeg|gif|svg|webp|bmp|mp3|mp4|wav|ogg|flac|opus|avi|mov|mkv|zip|tar|gz|tgz|7z|rar|exe|dll|so|dmg|iso|log|ini|cfg|conf|env|lock|sql|db|onnx|gguf|safetensors|bin|wasm';
const URL_TAIL = String.raw`(?:[/?#][^\s<>()\[\]"'${'`'}{}|\\^*]*(?:\([^\s<>()\[\]"'${'`'}{}|\\^*]*\)[^\s<>()\[\]"'${'`'}{}|\\^*]*)?)?`;

/** Addresses of the net and of files, said sign by sign: "example dot com slash docs". */
export const ADDRESS_RULES: readonly Rule[] = [
  // Paths and query strings may hold anything, so the marks at the end of a sentence are given back.
  address(
    String.raw`(?:https?|ftp|wss?|file):///?[^\s<>()\[\]"'${'`'}{}|\\^*]+(?:\([^\s<>()\[\]"'${'`'}{}|\\^*]*\)[^\s<>()\[\]"'${'`'}{}|\\^*]*)?`,
  ),
  address(String.raw`(?:mailto:)?[\w.+%-]{1,64}@[\p{L}\p{Nd}-]{1,63}(?:\.[\p{L}\p{Nd}-]{1,63}){1,8}`),
  address(String.raw`www\.[\p{L}\p{Nd}-]{1,63}(?:\.[\p{L}\p{Nd}-]{1,63}){1,8}(?::\d{1,5})?${URL_TAIL}`),
  address(
    String.raw`(?:localhost|(?:[a-z\d](?:[a-z\d-]{0,62})\.){1,8}(?:${TOP_LEVEL})(?![\p{L}\p{Nd}_-]))(?::\d{1,5})?${URL_TAIL}`,
  ),
  // Paths: absolute, relative, of the home folder, of Windows, or with at least two slashes.
  address(String.raw`(?:~|\.{1,2})?/(?:[\w@.+~-]{1,255}/?){1,64}`),
  address(String.raw`[A-Za-z]:\\(?:[\w@.+~ -]{1,64}\\){0,32}[\w@.+~-]{0,255}`),
  address(
    String.raw`[\w@.+~-]{1,255}(?:/[\w@.+~-]{1,255}){1,64}/?(?<=[a-z][\w@.+~-]*/[\w@.+~-]*/[\w@.+~-]*|\.(?:${FILE_ENDINGS}))`,
    /[a-z]/,
  ),
  // Files by their ending.
  address(String.raw`\.?[\p{L}_][\w-]{0,255}(?:\.[\w-]{1,64}){0,4}\.(?:${FILE_ENDINGS})(?![\p{L}\p{Nd}_])`),
  // @mention
  rule(String.raw`@([\p{L}\p{Nd}_][\w.-]{0,63})`, (match) =>
    givenBack(match[0], (text) => `at ${wordsOf(text.slice(1))}`),
  ),
  // #Topic
  rule(String.raw`#(\p{L}[\p{L}\p{Nd}_]{0,99})`, (match) => `hashtag ${wordsOf(match[1] ?? '')}`),
];

/** Elsewhere an address is left as it is, so that no rule changes its marks. */
export const LINK_RULES: readonly Rule[] = [
  rule(String.raw`(?:https?://|www\.)[^\s<>()\[\]"']+`, (match) => givenBack(match[0], (text) => text)),
];

function address(source: string, needs?: RegExp): Rule {
  return rule(source, (match, { text, start }) => {
    if (needs !== undefined && !needs.test(match[0])) return undefined;
    const touchesWord = /[\p{L}\p{N}]/u.test(text.charAt(start - 1));
    return givenBack(match[0], (found) => (touchesWord ? ' ' : '') + wordsOf(found));
  });
}

/** Reads all but the marks that end the sentence. */
function givenBack(matched: string, read: (text: string) => string) {
  let length = matched.length;
  while (length > 1 && '.,;:!?…'.includes(matched.charAt(length - 1))) length -= 1;
  return { spoken: read(matched.slice(0, length)), length };
}

function wordsOf(address: string): string {
  return address
    .replace(/^(?:[a-z]+:\/\/\/?|mailto:)/i, '')
    .replace(/(?<=[^/])\/$/, '')
    .replace(/(?<=\.)(?:io|ai|uk|de|fr|eu|us|ca|au|jp|cn|tv|gg|ch|nl|se|br|ru|kr|es)(?=$|[/:?#])/g, (name) =>
      name.toUpperCase(),
    )
    .replace(/%[\da-f]{2}/gi, ' ')
    .replace(/\d+/g, (digits) => ` ${digits.length < 3 ? cardinal(digits, false) : digitByDigit(digits)} `)
    .replace(/[^\p{L}\p{M}\p{Nd} ]/gu, (sign) => ` ${SIGNS[sign] ?? ''} `)
    .replace(/ {2,}/g, ' ')
    .trim();
}

const SIGNS: Readonly<Record<string, string>> = {
  '.': 'dot',
  '/': 'slash',
  '\\': 'backslash',
  ':': 'colon',
  '-': 'dash',
  _: 'underscore',
  '?': 'question mark',
  '=': 'equals',
  '&': 'and',
  '#': 'hash',
  '@': 'at',
  '~': 'tilde',
  '+': 'plus',
  '%': 'percent',
  '!': 'exclamation mark',
  ',': 'comma',
  ';': 'semicolon',
};
