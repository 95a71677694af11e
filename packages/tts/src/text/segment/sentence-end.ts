import { longestAbbreviation, type NextWord, stopEndsSentence } from './abbreviations.js';
import type { LanguageRules } from './languages/language-rules.js';
import { endsWithLine, hasBlankLine, isTitle, lastLine, lineHeadLength, startsItem } from './lines.js';

/** What is known of the text from the start of a sentence on. Offsets are UTF-16, from there. */
export interface SentenceContext {
  /** Starts with the sentence's first character. What is no sentence mark (phoneme blocks) has been masked. */
  readonly text: string;
  /** No more text follows. */
  readonly isFinal: boolean;
  /** The line in which the sentence starts, up to the sentence. */
  readonly lineBefore: string;
  readonly rules: LanguageRules;
  readonly segmenter: Intl.Segmenter;
}

/** `end` is that of the sentence, `next` where the search for the next one goes on. */
export interface SentenceEnd {
  readonly kind: 'end';
  readonly end: number;
  readonly next: number;
  readonly endsParagraph: boolean;
}

/** `goOn`: no sentence ends before `from`. `wait`: what follows `from` must be known first. */
export type Verdict =
  | SentenceEnd
  | { readonly kind: 'goOn'; readonly from: number }
  | { readonly kind: 'wait'; readonly from: number };

/** No verdict on a position needs more than this many UTF-16 code units after it. */
export const longestLookAhead = 640;

/**
 * The first place from `from` on, and before `limit`, where the sentence ends, by its marks and line breaks.
 *
 * `Intl.Segmenter` (Unicode Standard Annex 29) judges each mark with the word on either side, after rules for what it cannot
 * know: abbreviations, initials, ordinals, list numbers, quoted questions, line breaks.
 */
export function findSentenceEnd(context: SentenceContext, from: number, limit: number): Verdict {
  const { text } = context;
  let position = from;
  for (;;) {
    events.lastIndex = position;
    const event = events.exec(text);
    if (event === null || event.index >= limit) return { kind: 'goOn', from: event?.index ?? text.length };
    const verdict = lineBreak.test(event[0]) ? atLineBreak(context, event.index) : atMark(context, event.index);
    if (verdict.kind !== 'goOn') return verdict;
    position = verdict.from;
  }
}

/** A Greek question mark looks like a semicolon; the segmenter knows which language it is. */
const events = /[\p{Sentence_Terminal}…;\u037e]|[\n\r\u0085\u2028\u2029]/gu;
const marks = /[\p{Sentence_Terminal}…;\u037e]{1,64}/uy;
const lineBreak = /[\n\r\u0085\u2028\u2029]/;
/** They are also part of numbers, addresses and file names, where no white space follows. */
const needsSpace = /[.!?…;\u037e]$/;
const closers = /(?:[\u00a0\u202f]?»|[\p{Pe}\p{Pf}\p{Pi}\p{M}"'*_~`\u200d]|\[\d{1,3}\]){0,32}/uy;
const closersAfterSpace = /(?:\s?»|[\p{Pe}\p{Pf}\p{Pi}\p{M}"'*_~`\u200d]|\[\d{1,3}\]){0,32}/uy;
const openNote = /\[\d{0,3}$/y;
const gaps = /\s{0,128}/y;
const openers = /(?:[«\p{Pd}]\s?|[\p{Ps}\p{Pi}\p{Pf}"'¿¡*_~`#]){0,16}/uy;
const words = /[\p{Lu}\p{Ll}\p{Lt}\p{Lm}][\p{L}\p{M}]{0,31}|./suy;
const longestGap = 128;
const longestWord = 32;
const semicolons = /^[;\u037e]+$/;
const speakable = /[\p{L}\p{N}]/u;
/** "1." "2.3." "IV." "a." at the start of a sentence. */
const label = /^[\p{Ps}*_#\s]*(?:\d{1,4}(?:\.\d{1,3})*|[IVX]{1,5}|\p{L})$/u;
/** Japanese particles that go on after a quotation. */
const particle = /^[とってなのはがをに、]/;

function atMark(context: SentenceContext, position: number): Verdict {
  const { text, isFinal, rules } = context;
  const wait: Verdict = { kind: 'wait', from: position };
  const mark = match(marks, text, position);
  const closing = match(rules.hasSpacedGuillemets ? closersAfterSpace : closers, text, position + mark.length);
  const end = position + mark.length + closing.length;
  const goOn: Verdict = { kind: 'goOn', from: end };
  if (!isFinal && (end === text.length || match(openNote, text, end) !== '')) return wait;
  const gap = match(gaps, text, end);
  const next = end + gap.length;
  if (gap === '' && needsSpace.test(mark)) return goOn;
  if (hasBlankLine(gap)) return { kind: 'end', end, next, endsParagraph: true };
  // More white space than there is within a sentence.
  if (gap.length === longestGap) return { kind: 'end', end, next, endsParagraph: false };
  if (next === text.length) return isFinal ? goOn : wait;
  const following = nextWord(text, next, isFinal);
  if (following === undefined) return wait;
  const before = text.slice(0, position);
  if (!speakable.test(before) || label.test(before)) return goOn;
  return endsSentence(context, { before, mark, closing, gap, following })
    ? { kind: 'end', end, next, endsParagraph: false }
    : goOn;
}

/** A sentence mark and what stands around it. */
interface Mark {
  readonly before: string;
  readonly mark: string;
  readonly closing: string;
  readonly gap: string;
  readonly following: NextWord;
}

function endsSentence({ rules, segmenter }: SentenceContext, { before, mark, closing, gap, following }: Mark): boolean {
  if (following.isLower && (closing !== '' || needsSpace.test(mark))) return false;
  if (closing !== '' && particle.test(following.text)) return false;
  if (mark === '.') {
    const byWord = stopEndsSentence(before, following, rules);
    if (byWord !== undefined) return byWord;
  }
  // The annex does not end a sentence between "1990." and "25 people", as small letters come before capitals.
  if (following.isNumber && gap !== '' && !semicolons.test(mark)) return true;
  const head = before.slice(-longestAbbreviation) + mark.replaceAll('…', '.') + (gap === '' ? '' : ' ');
  return segmenter.segment(head + following.text).containing(head.length)?.index === head.length;
}

/** Past quotes, brackets, dashes and emphasis before the word. @returns undefined while it is not whole */
function nextWord(text: string, position: number, isFinal: boolean): NextWord | undefined {
  const start = position + match(openers, text, position).length;
  if (start === text.length && !isFinal) return undefined;
  const word = match(words, text, start);
  const isCased = /^[\p{Lu}\p{Ll}\p{Lt}\p{Lm}]/u.test(word);
  const mayGoOn = isCased && start + word.length === text.length && [...word].length < longestWord;
  if (mayGoOn && !isFinal) return undefined;
  return {
    text: word,
    isLower: /^\p{Ll}/u.test(word),
    isUpper: /^[\p{Lu}\p{Lt}]/u.test(word),
    isNumber: /^\p{N}/u.test(word),
  };
}

function atLineBreak({ text, isFinal, lineBefore }: SentenceContext, position: number): Verdict {
  const gap = match(gaps, text, position);
  const next = position + gap.length;
  const before = text.slice(0, position).trimEnd();
  const end: SentenceEnd = { kind: 'end', end: before.length, next, endsParagraph: hasBlankLine(gap) };
  if (end.endsParagraph || gap.length === longestGap) return end;
  if (!isFinal && next + lineHeadLength > text.length) return { kind: 'wait', from: position };
  const nextLine = text.slice(next, next + lineHeadLength);
  const line = lastLine(lineBefore + before);
  const isWholeLine = line.length === before.length && lineBefore === '';
  const ends = endsWithLine(line) || startsItem(nextLine) || (isWholeLine && isTitle(line, nextLine));
  return ends ? end : { kind: 'goOn', from: next };
}

function match(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? '';
}
