import { promptText } from '../prompt-text.js';

/** How many tokens the server counts in prompts of words. */
export interface TokenScale {
  /** Of the template and the beginning, whatever the prompt. */
  readonly fixedTokens: number;
  readonly tokensPerWord: number;
}

export interface WordPromptOptions {
  /** Of a prompt in all that the server reads, less what is shared. */
  readonly promptTokens: number;
  /** Of what all prompts begin with, in front of that. */
  readonly sharedPrefixTokens: number;
  readonly scale: TokenScale;
  /** From 0 to 262,142: prompts are those behind this one, so that another run has others. */
  readonly start: number;
}

/** Texts that exist: those of `promptText`. The first is kept for what is shared. */
const texts = 64 ** 3 - 1;

/** Gives prompts of about so many tokens, no two of which begin alike behind what is shared. */
export function wordPrompts({ promptTokens, sharedPrefixTokens, scale, start }: WordPromptOptions): () => string {
  const wordsOf = (tokens: number) => Math.round(tokens / scale.tokensPerWord);
  const sharedWords = wordsOf(sharedPrefixTokens);
  const prefix = sharedWords > 0 ? `${promptText(sharedWords, 0)} ` : '';
  const words = Math.max(1, wordsOf(promptTokens - scale.fixedTokens));
  let count = start;
  return () => {
    count += 1;
    return prefix + promptText(words, 1 + (count % texts));
  };
}

/** The straight line through what the server counted in a prompt of one word, and in one of `words`. */
export function tokenScale(words: number, tokensOfOne: number, tokensOfWords: number): TokenScale {
  const tokensPerWord = words > 1 ? (tokensOfWords - tokensOfOne) / (words - 1) : 1;
  // A server that counts a longer prompt as no longer counts something else.
  if (!(tokensPerWord > 0)) return oneToOne;
  return { fixedTokens: Math.max(0, tokensOfOne - tokensPerWord), tokensPerWord };
}

/** For a server that does not say: most words are one token. */
export const oneToOne: TokenScale = { fixedTokens: 0, tokensPerWord: 1 };
