import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenStarts } from './token-starts.js';

const token = fc.uint8Array({ min: 97, max: 100, minLength: 1, maxLength: 6 });

/** The fewest beginnings of tokens, or single bytes, that a text can be cut into. */
function fewestPieces(text: Uint8Array, tokens: readonly Uint8Array[]): number {
  const starts = new Set(tokens.flatMap((bytes) => Array.from(bytes, (_, at) => String(bytes.slice(0, at + 1)))));
  const fewest = [0];
  for (let end = 1; end <= text.length; end++) {
    const counts = Array.from({ length: Math.min(end, 6) }, (_, before) => {
      const at = end - before - 1;
      const isPiece = before === 0 || starts.has(String(text.slice(at, end)));
      return isPiece ? (fewest[at] ?? 0) + 1 : Number.POSITIVE_INFINITY;
    });
    fewest.push(Math.min(...counts));
  }
  return fewest[text.length] ?? 0;
}

describe('TokenStarts', () => {
  it('never counts more than a text can be cut into, and at least what the longest token allows', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), fc.array(token, { maxLength: 30 }), (tokens, parts) => {
        const text = Uint8Array.from(parts.flatMap((part) => [...part]));
        const longest = Math.max(1, ...tokens.map((bytes) => bytes.length));
        const count = new TokenStarts(tokens, tokens.length).fewest(text, 1000);
        expect(count).toBeLessThanOrEqual(fewestPieces(text, tokens));
        expect(count).toBeGreaterThanOrEqual(Math.ceil(text.length / longest));
      }),
      { numRuns: 500 },
    );
  });

  it('counts exactly where tokens do not overlap, and one more than the limit at most', () => {
    const utf8 = new TextEncoder();
    const starts = new TokenStarts(
      ['abc', 'de'].map((text) => utf8.encode(text)),
      2,
    );
    const count = (text: string, limit = 100) => starts.fewest(utf8.encode(text), limit);
    expect(['', 'abc', 'abcde', 'abcdeabcxxabc', 'zzz'].map((text) => count(text))).toEqual([0, 1, 2, 6, 3]);
    expect(count('z'.repeat(1000), 10)).toBe(11);
  });
});
