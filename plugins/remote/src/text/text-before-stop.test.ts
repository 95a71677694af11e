import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextBeforeStop } from './text-before-stop.js';

const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });

it('gives what stands before the first of the sequences, however the text is divided', () => {
  fc.assert(
    fc.property(fc.array(letters), fc.array(letters.filter(Boolean), { maxLength: 3 }), (pieces, sequences) => {
      const answer = new TextBeforeStop(sequences);
      const given = pieces.map((piece) => answer.push(piece)).join('') + answer.end();
      const text = pieces.join('');
      expect(given).toBe(stopped(text, sequences) ?? text);
      expect(answer.isOver).toBe(stopped(text, sequences) !== undefined);
    }),
  );
});

/** A character at a time, until a sequence is there. */
function stopped(text: string, sequences: readonly string[]): string | undefined {
  for (let length = 1; length <= text.length; length += 1) {
    const grown = text.slice(0, length);
    const ends = sequences.filter((sequence) => grown.endsWith(sequence));
    if (ends.length > 0) return grown.slice(0, length - Math.max(...ends.map((sequence) => sequence.length)));
  }
  return undefined;
}

it('holds back only what may be the beginning of one', () => {
  const answer = new TextBeforeStop(['END']);
  expect(['one', ' E', 'N', 'x'].map((piece) => answer.push(piece))).toEqual(['one', ' ', '', 'ENx']);
});
