import { type CleanText, cleanText } from './clean-text.js';
import type { Reading, RuleContext } from './rule.js';
import type { RuleIndex } from './rule-index.js';
import { type RuleSet, rulesFor } from './rule-sets.js';

/** A piece of text as it is spoken, and what it stands for. */
export interface SpokenToken {
  /** As in the text, without white space around it; punctuation included. */
  readonly source: string;
  /** Offset of `source` in the given text, UTF-16. */
  readonly start: number;
  /** What the phonemizer reads, with its punctuation; '' when nothing is to be said. */
  readonly spoken: string;
}

export interface NormalizeOptions {
  /** What becomes of emoji: left out (default) or read by their English CLDR name. */
  readonly emoji?: 'drop' | 'name';
}

/**
 * Divides a sentence into what is said word by word: numbers, dates, amounts, abbreviations, addresses and markup as a
 * person reads them aloud. English (`en`, `en-*`) is read in full; in other languages numbers and abbreviations are left
 * to the phonemizer, and only characters, quotes, dashes, emoji and markup are cleaned.
 *
 * Tokens cover the text in order, with nothing but white space and unspoken characters between them. A word that needs
 * nothing is a token whose `spoken` is the word itself; what is read together ("$45.50 million") is one token.
 * A mark that stands alone moves to the word before it. Linear in the length of the text.
 *
 * @param text one sentence
 * @param language BCP 47; `en`, `en-US`, `en-CA` and `en-PH` write the month first and read numbers without "and"
 */
export function toSpokenTokens(text: string, language: string, options: NormalizeOptions = {}): SpokenToken[] {
  const clean = cleanText(text);
  const rules = rulesFor(language);
  const context = { text: clean.text, british: rules.british, emoji: options.emoji ?? 'drop' };
  const tokens = new TokenList(text, clean);
  let position = 0;
  // Addresses and paths are looked for once in a run without white space, where its first word begins.
  let addressTried = false;
  while (position < clean.text.length) {
    if (clean.text[position] === ' ') {
      tokens.close(position);
      addressTried = false;
      position += 1;
      continue;
    }
    const kind = kindAt(clean.text, position);
    const tryAddress: boolean = !addressTried && (kind !== 'symbol' || ADDRESS_START.test(clean.text.charAt(position)));
    addressTried ||= tryAddress;
    const here = { ...context, start: position };
    const reading =
      (tryAddress ? firstReading(rules.address, here) : undefined) ??
      firstReading(rules[kind], here) ??
      unchanged(clean.text, position, kind);
    tokens.add(reading.spoken, position);
    position += reading.length;
    if (reading.endsToken) tokens.close(position);
  }
  tokens.close(position);
  return tokens.list;
}

type Kind = keyof Pick<RuleSet, 'letter' | 'digit' | 'symbol'>;

function kindAt(text: string, position: number): Kind {
  const character = String.fromCodePoint(text.codePointAt(position) ?? 0);
  if (DIGIT.test(character)) return 'digit';
  return LETTER.test(character) ? 'letter' : 'symbol';
}

const DIGIT = /[0-9]/;
/** Superscripts and fractions (`No`) are signs: they are read, not spelled. */
const LETTER = /[\p{L}\p{M}\p{Nd}\p{Nl}]/u;
const ADDRESS_START = /[/~.@#\\]/;

function firstReading(rules: RuleIndex, context: RuleContext): Required<Reading> | undefined {
  for (const { pattern, read } of rules.startingWith(context.text.charAt(context.start))) {
    pattern.lastIndex = context.start;
    const match = pattern.exec(context.text);
    if (match === null || match[0] === '') continue;
    const reading = read(match, context);
    if (reading === undefined) continue;
    if (typeof reading === 'string') return { spoken: reading, length: match[0].length, endsToken: false };
    return { length: match[0].length, endsToken: false, ...reading };
  }
  return undefined;
}

/** A word, or one mark, that no rule reads: as it is. */
function unchanged(text: string, position: number, kind: Kind): Required<Reading> {
  PLAIN_WORD.lastIndex = position;
  const spoken =
    (kind === 'symbol' ? undefined : PLAIN_WORD.exec(text)?.[0]) ??
    String.fromCodePoint(text.codePointAt(position) ?? 0);
  return { spoken, length: spoken.length, endsToken: kind === 'symbol' && endsUnspaced(text, position) };
}

/** Chinese and Japanese have no space after a mark, nor between words. */
function endsUnspaced(text: string, position: number): boolean {
  return UNSPACED.test(text.slice(Math.max(0, position - 1), position + 1));
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー」』）][、，；：。！？,;:!?]$/u;

/** Letters and digits with apostrophes and low lines inside, so that no rule begins in the middle of a word. */
const PLAIN_WORD = /[\p{L}\p{M}\p{Nd}\p{Nl}]+(?:(?:'|_+)[\p{L}\p{M}\p{Nd}\p{Nl}]+)*/uy;

/** Gathers pieces into tokens and gives each its place in the given text. */
class TokenList {
  readonly list: SpokenToken[] = [];
  private pieces: string[] = [];
  private first = -1;
  /** Where the last closed token ends in the given text. */
  private covered = 0;
  /** Index of the last token that says something. */
  private lastSpoken = -1;

  constructor(
    private readonly source: string,
    private readonly clean: CleanText,
  ) {}

  add(spoken: string, position: number): void {
    if (this.first < 0) this.first = position;
    this.pieces.push(spoken);
  }

  /** @param end exclusive, in the clean text */
  close(end: number): void {
    if (this.first < 0) return;
    // What was composed of the same characters as the end of the token before begins after them.
    const start = Math.max(this.covered, this.clean.starts[this.first] ?? 0);
    // A rule may take the space after its match.
    const last = this.clean.text[end - 1] === ' ' ? end - 2 : end - 1;
    const sourceEnd = this.clean.ends[last] ?? start;
    const spoken = this.pieces
      .join('')
      .replace(/ {2,}/g, ' ')
      .replace(/ +([,.;:!?])/g, '$1')
      .trim();
    this.pieces = [];
    this.first = -1;
    if (sourceEnd <= start) return;
    this.covered = sourceEnd;
    const token = { source: this.source.slice(start, sourceEnd), start };
    if (SAYS_SOMETHING.test(spoken)) {
      this.lastSpoken = this.list.length;
      this.list.push({ ...token, spoken });
    } else {
      this.list.push({ ...token, spoken: '' });
      this.moveMark(MARK.exec(spoken)?.[0] ?? '');
    }
  }

  private moveMark(mark: string): void {
    const word = this.list[this.lastSpoken];
    if (word === undefined || mark === '' || ENDS_IN_MARK.test(word.spoken)) return;
    this.list[this.lastSpoken] = { ...word, spoken: word.spoken + mark };
  }
}

/** Signs that no rule has read have a name in the phonemizer. */
const SAYS_SOMETHING = /[\p{L}\p{N}\p{Sc}%&@#§°+=×÷<>±]/u;
const MARK = /[.!?,;:。！？、，；：।؟]/u;
const ENDS_IN_MARK = /[.!?,;:。！？、，；：।؟…]["')\]]*$/u;
