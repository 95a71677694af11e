/** A text without what is not spoken, and where each of its characters comes from. */
export interface CleanText {
  readonly text: string;
  /** Of each UTF-16 unit of `text`: where its source begins in the given text. */
  readonly starts: readonly number[];
  /** And where it ends, exclusive. */
  readonly ends: readonly number[];
}

/**
 * Runs of white space become one space; control characters, zero-width and bidirectional marks, soft hyphens, private
 * and unassigned code points and lone surrogates vanish; quotes become straight; full-width, ligature, mathematical,
 * circled and Roman-numeral forms become plain letters and digits; the rest is composed (NFC).
 * Superscripts and fractions are kept: they mean something else than their plain digits.
 */
export function cleanText(source: string): CleanText {
  const pieces: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const add = (text: string, start: number, end: number): void => {
    pieces.push(text);
    for (let index = 0; index < text.length; index++) {
      starts.push(start);
      ends.push(end);
    }
  };
  const addUnchanged = (start: number, end: number): void => {
    pieces.push(source.slice(start, end));
    for (let index = start; index < end; index++) {
      starts.push(index);
      ends.push(index + 1);
    }
  };
  let position = 0;
  for (const match of source.matchAll(TO_CHANGE)) {
    addUnchanged(position, match.index);
    position = match.index + match[0].length;
    add(replacementOf(match[0]), match.index, position);
  }
  addUnchanged(position, source.length);
  return { text: pieces.join(''), starts, ends };
}

const UNSPOKEN = String.raw`\p{Cc}\p{Cs}\p{Co}\p{Cn}\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd`;
const SINGLE_QUOTES = '‘’‚‛‹›ʼ´';
const DOUBLE_QUOTES = '“”„‟«»〝〞＂';
const COMPATIBLE = String.raw`\uff01\uff03-\uff5e\uffe0-\uffe6\ufb00-\ufb06\u2160-\u217f\u2460-\u2473\u2080-\u2089\u{1d400}-\u{1d7ff}`;
/** Joiners matter in Indic and Arabic script and in emoji, never between Latin letters. */
const JOINERS = String.raw`\u200c\u200d`;
const STRAY_JOINERS = `(?<=[\\p{Script=Latin}\\s])[${JOINERS}]+`;
const CONJOINING_JAMO = String.raw`[\u1100-\u11ff]{2,}`;
const SPACE_ENTITY = '&(?:nbsp|#160);';
const TO_CHANGE = new RegExp(
  String.raw`(?:[\s${UNSPOKEN}]|${SPACE_ENTITY})+|&(?:[a-z]{2,6}|#\d{2,4});|[${SINGLE_QUOTES}]|[${DOUBLE_QUOTES}]|[${COMPATIBLE}]|${STRAY_JOINERS}|${CONJOINING_JAMO}|[^\p{M}\s${JOINERS}]\p{M}+`,
  'gu',
);

function replacementOf(found: string): string {
  const first = found.charAt(0);
  // Surrogate pairs and assigned characters never match the unspoken class, so one look decides.
  if (/\s/u.test(first) || UNSPOKEN_RUN.test(found)) return /[\s&]/u.test(found) ? ' ' : '';
  if (first === '&') return ENTITIES.get(found) ?? found;
  if (SINGLE_QUOTES.includes(first) && found.length === 1) return "'";
  if (DOUBLE_QUOTES.includes(first) && found.length === 1) return '"';
  if (COMPATIBLE_FORM.test(found)) return found.normalize('NFKC');
  if (JOINER_RUN.test(found)) return '';
  return found.normalize('NFC');
}

const UNSPOKEN_RUN = new RegExp(`^(?:[\\s${UNSPOKEN}]|${SPACE_ENTITY})+$`, 'u');
/** Character references of HTML that are met in texts. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&#39;', "'"],
  ['&lsquo;', "'"],
  ['&rsquo;', "'"],
  ['&ldquo;', '"'],
  ['&rdquo;', '"'],
  ['&ndash;', '–'],
  ['&mdash;', '—'],
  ['&hellip;', '…'],
  ['&copy;', '©'],
  ['&deg;', '°'],
  ['&times;', '×'],
]);
const JOINER_RUN = new RegExp(`^[${JOINERS}]+$`, 'u');
const COMPATIBLE_FORM = new RegExp(`^[${COMPATIBLE}]$`, 'u');
