import type { CharacterRange } from './grammar.js';

/** From and to of each byte of a character. */
export type ByteSequence = readonly (readonly [from: number, to: number])[];

/** The UTF-8 of the characters in a range, as sequences in which each byte varies on its own. */
export function utf8Sequences([from, to]: CharacterRange): readonly ByteSequence[] {
  if (from > to) return [];
  // Where the number of bytes changes, and around surrogates, which have none.
  for (const last of [0x7f, 0x7ff, 0xd7ff, 0xdfff, 0xffff]) {
    if (from <= last && to > last) return [...utf8Sequences([from, last]), ...utf8Sequences([last + 1, to])];
  }
  if (from >= 0xd800 && to <= 0xdfff) return [];
  const size = from <= 0x7f ? 1 : from <= 0x7ff ? 2 : from <= 0xffff ? 3 : 4;
  // The last bytes take all their values in the middle of the range only.
  for (let bits = 6; bits < 6 * size; bits += 6) {
    const mask = 2 ** bits - 1;
    if ((from & ~mask) === (to & ~mask)) continue;
    if ((from & mask) !== 0) return [...utf8Sequences([from, from | mask]), ...utf8Sequences([(from | mask) + 1, to])];
    if ((to & mask) !== mask) return [...utf8Sequences([from, (to & ~mask) - 1]), ...utf8Sequences([to & ~mask, to])];
  }
  const encoder = new TextEncoder();
  const [low, high] = [from, to].map((code) => encoder.encode(String.fromCodePoint(code)));
  return [Array.from(low ?? [], (byte, i) => [byte, high?.[i] ?? byte] as const)];
}
