import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneToOne, tokenScale, wordPrompts } from './word-prompts.js';

describe('prompts of words', () => {
  it('have the tokens that were asked for, as the server counts them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 2000 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 0, max: 35 }),
        fc.double({ min: 1, max: 3, noNaN: true }),
        (promptTokens, sharedPrefixTokens, fixed, perWord) => {
          const counted = (words: number) => fixed + words * perWord;
          const scale = tokenScale(promptTokens, counted(1), counted(promptTokens));
          const prompt = wordPrompts({ promptTokens, sharedPrefixTokens, scale, start: 0 })();
          const tokens = counted(prompt.split(' ').length);
          // Half a word more or less, of the shared part and of the other; no prompt is without a word.
          expect(Math.abs(tokens - promptTokens - sharedPrefixTokens)).toBeLessThanOrEqual(perWord + 1e-6);
        },
      ),
    );
  });

  it('never begin as another or as what is shared does, also past the last of them', () => {
    const next = wordPrompts({ promptTokens: 3, sharedPrefixTokens: 3, scale: oneToOne, start: 64 ** 3 - 20 });
    const prompts = Array.from({ length: 40 }, next);
    expect(new Set(prompts).size).toBe(40);
    for (const prompt of prompts) {
      const words = prompt.split(' ');
      expect(words.slice(0, 3)).not.toEqual(words.slice(3, 6));
    }
  });

  it('count words as tokens where the server tells nothing that could be', () => {
    expect(tokenScale(20, 5, 5)).toEqual(oneToOne);
    expect(tokenScale(20, 9, 5)).toEqual(oneToOne);
    expect(tokenScale(1, 8, 8)).toEqual({ fixedTokens: 7, tokensPerWord: 1 });
  });
});
