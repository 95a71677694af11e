import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NgramDrafter } from './ngram-drafter.js';

/** By definition: the latest earlier place of the longest end of 4 to 2 tokens, and what follows it. */
function naive(tokens: readonly number[], count: number): readonly number[] {
  for (let n = 4; n >= 2; n--) {
    for (let end = tokens.length - 1; end >= n; end--) {
      const isSame = Array.from({ length: n }, (_, i) => tokens[end - n + i] === tokens[tokens.length - n + i]);
      if (isSame.every(Boolean)) return tokens.slice(end, end + count);
    }
  }
  return [];
}

describe('NgramDrafter', () => {
  it('guesses what followed the last tokens when they stood before, as the text grows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        (text, count) => {
          const drafter = new NgramDrafter();
          for (let length = 1; length <= text.length; length += 1 + (length % 3)) {
            const tokens = text.slice(0, length);
            expect(drafter.draft(tokens, count)).toEqual(naive(tokens, count));
          }
        },
      ),
    );
  });
});
