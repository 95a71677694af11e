import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPairs } from '../testing/read-pairs.js';
import { truncatePair } from './truncate-pair.js';

const { kept } = readPairs();

describe('truncatePair', () => {
  it('keeps of two texts what Hugging Face tokenizers keep', () => {
    for (const [first, second, room, ofFirst, ofSecond] of kept) {
      expect([first, second, room, ...truncatePair(first, second, room)]).toEqual([
        first,
        second,
        room,
        ofFirst,
        ofSecond,
      ]);
    }
    expect(kept.length).toBe(144);
  });

  it('fills the room, cuts nothing that has room, and the longer text first', () => {
    const tokens = fc.nat(1000);
    fc.assert(
      fc.property(tokens, tokens, tokens, (first, second, room) => {
        const [ofFirst, ofSecond] = truncatePair(first, second, room);
        expect(ofFirst + ofSecond).toBe(Math.min(first + second, room));
        expect(ofFirst).toBeLessThanOrEqual(first);
        expect(ofSecond).toBeLessThanOrEqual(second);
        const [shorter, ofShorter] = first <= second ? [first, ofFirst] : [second, ofSecond];
        if (shorter <= room / 2) expect(ofShorter).toBe(shorter);
        else if (first + second > room)
          expect(Math.abs(ofFirst - ofSecond)).toBeLessThanOrEqual(Math.max(1, 2 * shorter - room));
      }),
    );
  });
});
