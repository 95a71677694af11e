/** A pair of tokens as the token that they make, and where it is cut. */
export interface MergePair {
  readonly union: string;
  /** In UTF-16 units. */
  readonly leftLength: number;
}

/** @param pair `JSON.stringify([left, right])` */
export function parsePair(pair: string): MergePair {
  // Without an escape no token holds a quote, so the separator occurs once.
  if (!pair.includes('\\')) {
    const leftLength = pair.indexOf('","', 2) - 2;
    return { union: pair.slice(2, 2 + leftLength) + pair.slice(leftLength + 5, -2), leftLength };
  }
  const [left, right]: readonly [string, string] = JSON.parse(pair);
  return { union: left + right, leftLength: left.length };
}
