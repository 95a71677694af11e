import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitText } from './split-text.js';

const split = (text: string, longest: number): readonly string[] => [...splitText(text, longest)];

it('loses nothing, and no piece is empty, too long or ends inside a character', () => {
  const unit = fc.constantFrom(...'ab.,!? \n。，', '😀', 'é');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 300 }), fc.integer({ min: 2, max: 40 }), (text, longest) => {
      const pieces = split(text, longest);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) {
        expect(piece.length).toBeGreaterThan(0);
        expect(piece.length).toBeLessThanOrEqual(longest);
        expect(piece).not.toMatch(/\p{Cs}/u);
      }
    }),
  );
});

it('cuts at a paragraph, a sentence, a clause or a space, whichever comes first in this order', () => {
  expect(split('One thing. And more.\n\nLast, of all', 30)).toEqual(['One thing. And more.\n\n', 'Last, of all']);
  expect(split('Only these, words. Then some more', 24)).toEqual(['Only these, words. ', 'Then some more']);
  expect(split('One two, three four five six', 20)).toEqual(['One two, ', 'three four five six']);
  expect(split('一二三四。五六七八，九十', 8)).toEqual(['一二三四。', '五六七八，九十']);
  expect(split('a'.repeat(25), 10)).toEqual(['a'.repeat(10), 'a'.repeat(10), 'a'.repeat(5)]);
});

it('does not take the dot of an abbreviation for an end', () => {
  expect(split('Here is Dr. Smith of the town', 20)).toEqual(['Here is Dr. Smith ', 'of the town']);
});
