/** In UTF-16 units: some 20 ms of work. */
const longestPiece = 1000;

/** Where a piece may end, the best first. A dot after a short word may be that of an abbreviation. */
const boundaries: readonly RegExp[] = [
  /\n\s*\n/gu,
  /\p{L}{4}["'”’)\]]*[.!?]["'”’)\]]*\s+|[。！？।]/gu,
  /[,;:]\s+|[，、；：]/gu,
  /\s+/gu,
];

/** Cuts a long text at paragraphs, sentences, clauses or words, whichever there are, so that no piece takes long. */
export function* splitText(text: string, longest: number = longestPiece): Generator<string> {
  let start = 0;
  while (text.length - start > longest) {
    const end = start + bestCut(text.slice(start, start + longest));
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}

/** @returns from 1 to the window's length */
function bestCut(window: string): number {
  for (const boundary of boundaries) {
    const last = [...window.matchAll(boundary)].at(-1);
    const end = last ? last.index + last[0].length : 0;
    if (end > window.length / 4) return end;
  }
  // Not between the halves of a character.
  const isHalf = /[\ud800-\udbff]$/.test(window) && window.length > 1;
  return window.length - (isHalf ? 1 : 0);
}
