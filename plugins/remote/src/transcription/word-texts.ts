/**
 * Words as they stand in a text, with their leading space and the marks around them, which servers leave out: joined they are
 * the text. Words that are not in it, one after the other, get a space each.
 */
export function wordTexts(text: string, words: readonly string[]): string[] {
  const starts: number[] = [];
  let from = 0;
  for (const word of words) {
    const plain = word.trim();
    const start = text.indexOf(plain, from);
    if (plain === '' || start === -1) return words.map((one) => (/^\s/.test(one) ? one : ` ${one}`));
    starts.push(start);
    from = start + plain.length;
  }
  // Marks after a word belong to it; where a space follows, what comes after the last one belongs to the next word.
  const ends = starts.map((start, index) => {
    const next = starts[index + 1];
    if (next === undefined) return text.length;
    const own = start + (words[index]?.trim().length ?? 0);
    const gap = text.slice(own, next);
    const lastSpace = gap.search(/\s+\S*$/);
    return lastSpace === -1 ? next : own + lastSpace;
  });
  return ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
}
