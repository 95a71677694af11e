/** How many characters of a line show whether it is a list item, heading, rule, fence or table row. */
export const lineHeadLength = 8;

/** True for a list item, heading, rule, code fence or table row, as Markdown and plain text write them. */
export function startsItem(line: string): boolean {
  return itemStart.test(line);
}

/** True when a break after `line` ends the sentence, whatever follows. */
export function endsWithLine(line: string): boolean {
  return startsItem(line) || line.endsWith(':') || boldLine.test(line);
}

/**
 * True for a title on a line of its own: short, without a mark at its end, of few words or with capitals, and followed by
 * something that does not continue it.
 */
export function isTitle(line: string, nextLine: string): boolean {
  if (line.length > longestTitle || endsInPunctuation.test(line) || continues.test(nextLine)) return false;
  if (hasUncasedLetters.test(line)) return line.length <= longestUncasedTitle;
  const words = line.split(/\s+/);
  return words.length <= 3 || words.every((word) => word.length <= 3 || !startsLower.test(word));
}

/** True when the white space holds an empty line. */
export function hasBlankLine(whiteSpace: string): boolean {
  const breaks = whiteSpace.match(lineBreaks);
  return breaks !== null && (breaks.length > 1 || breaks[0] === '\u2029');
}

/** The part of `text` after its last line break. */
export function lastLine(text: string): string {
  return text.slice(Math.max(...singleBreaks.map((lineBreak) => text.lastIndexOf(lineBreak))) + 1);
}

const itemStart = /^\s*(?:[-*+•‣◦▪●·–—]\s|\d{1,3}[.)]\s|\p{L}\)\s|#{1,6}\s|\||```|~~~|={3,}|-{3,}|\*{3,}|_{3,})/u;
const boldLine = /^\s*(\*\*|__).+\1$/u;
/** Longer lines without a mark are more likely wrapped prose. */
const longestTitle = 60;
/** Of scripts without capitals and mostly without spaces. */
const longestUncasedTitle = 12;
const endsInPunctuation = /\p{P}$/u;
const continues = /^[\p{Ll}\p{Pd}\p{Pe},;:]/u;
const hasUncasedLetters = /\p{Lo}/u;
const startsLower = /^\p{Ll}/u;
const lineBreaks = /\r\n|[\n\r\u0085\u2028\u2029]/g;
const singleBreaks = ['\n', '\r', '\u0085', '\u2028', '\u2029'];
