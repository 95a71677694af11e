/** A piece of `verbose_json`; times in seconds. */
export interface TimedText {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What the page uses of a `verbose_json` answer. */
export interface VerboseTranscript {
  readonly language: string;
  readonly duration: number;
  readonly text: string;
  readonly segments?: readonly TimedText[];
  readonly words?: readonly { readonly word: string; readonly start: number; readonly end: number }[];
}

/** A word to light up, with the text between it and the word before. */
export interface PlacedWord extends TimedText {
  readonly before: string;
}

/** Words by paragraph: one paragraph a segment. */
export type Paragraph = readonly PlacedWord[];

/**
 * The words of a transcript, by segment. The segments' own text says what stands between two words (nothing in
 * Japanese, a space in English). Without words the segments themselves are the pieces.
 */
export function paragraphsOf({ segments = [], words = [] }: VerboseTranscript): readonly Paragraph[] {
  if (words.length === 0)
    return segments.map(({ start, end, text }) => [{ start, end, text: text.trim(), before: '' }]);
  if (segments.length === 0) return [placeWords('', words)];
  let from = 0;
  return segments
    .map((segment, index) => {
      const next = segments[index + 1];
      let to = from;
      // A word belongs to the segment in which its middle lies; the last segment takes the rest.
      while (to < words.length && (!next || middle(words[to]) < next.start)) to += 1;
      const own = words.slice(from, to);
      from = to;
      return placeWords(segment.text, own);
    })
    .filter((paragraph) => paragraph.length > 0);
}

/** The index of the word that sounds at `time`: the last one begun, until a second after its end. −1 for none. */
export function wordAt(words: readonly TimedText[], time: number): number {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if ((words[half]?.start ?? Number.POSITIVE_INFINITY) <= time) low = half + 1;
    else high = half;
  }
  const word = words[low - 1];
  return word && time < word.end + 1 ? low - 1 : -1;
}

/** Seconds as `1:02` or `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

function placeWords(text: string, words: NonNullable<VerboseTranscript['words']>): Paragraph {
  let position = 0;
  return words.map(({ word, start, end }, index) => {
    const found = text.indexOf(word, position);
    const before = found < 0 ? ' ' : text.slice(position, found);
    if (found >= 0) position = found + word.length;
    return { start, end, text: word, before: index === 0 ? '' : before };
  });
}

function middle(word: { readonly start: number; readonly end: number } | undefined): number {
  return word ? (word.start + word.end) / 2 : Number.POSITIVE_INFINITY;
}
