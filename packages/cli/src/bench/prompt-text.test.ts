import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promptText } from './prompt-text.js';

describe('prompt text', () => {
  it('has as many words as asked for', () => {
    for (const words of [1, 2, 3, 64, 512]) expect(promptText(words, 5).split(' ')).toHaveLength(words);
  });

  it('begins with three words that belong to its number alone', () => {
    const number = fc.nat({ max: 262_143 });
    fc.assert(
      fc.property(number, number, fc.integer({ min: 3, max: 80 }), (one, other, words) => {
        const beginning = (text: string) => text.split(' ').slice(0, 3).join(' ');
        const same = beginning(promptText(words, one)) === beginning(promptText(words, other));
        expect(same).toBe(one === other);
      }),
    );
  });
});
