/** Words in lower case, without punctuation. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s']/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Words to insert, delete or replace, over the words expected. */
export function wordErrorRate(expected: string, found: string): number {
  const wanted = wordsOf(expected);
  const given = wordsOf(found);
  let above = given.map((_, index) => index + 1);
  for (const [row, word] of wanted.entries()) {
    let left = row + 1;
    let diagonal = row;
    above = given.map((other, column) => {
      const up = above[column] as number;
      left = Math.min(left + 1, up + 1, diagonal + (word === other ? 0 : 1));
      diagonal = up;
      return left;
    });
  }
  return (above.at(-1) ?? wanted.length) / Math.max(1, wanted.length);
}
