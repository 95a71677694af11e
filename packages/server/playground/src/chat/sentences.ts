/**
 * The part of a growing text that a screen reader can speak next: whole sentences and lines from `from` on. Single
 * tokens would be read as stutter. Returns the text and where to go on; with `complete` the rest is included.
 */
export function nextSentences(
  text: string,
  from: number,
  complete: boolean,
): { readonly speak: string; readonly next: number } {
  const rest = text.slice(from);
  if (complete) return { speak: rest.trim(), next: text.length };
  let end = 0;
  for (const match of rest.matchAll(/[.!?…](?=\s)|[。！？]|\n/gu)) end = match.index + match[0].length;
  return { speak: rest.slice(0, end).trim(), next: from + end };
}
