import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SequenceMatcher } from './sequence-matcher.js';

const some = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'a', 'b'), minLength: 1, maxLength });

it('finds what indexOf and endsWith find, however the text is cut in pieces', () => {
  fc.assert(
    fc.property(some(8), fc.array(some(20), { maxLength: 10 }), (sequence, pieces) => {
      const matcher = new SequenceMatcher(sequence);
      let text = '';
      for (const piece of pieces) {
        // The first that ends within the piece.
        const at = (text + piece).indexOf(sequence, Math.max(0, text.length - sequence.length + 1));
        expect(matcher.push(piece)).toBe(at < 0 ? undefined : at + sequence.length - text.length);
        text += piece;
        const beginnings = Array.from(sequence, (_, length) => length);
        expect(matcher.beginning).toBe(beginnings.findLast((length) => text.endsWith(sequence.slice(0, length))));
      }
    }),
  );
});
