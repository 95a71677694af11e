import type { EncodedPrefix, Tokenizer } from '@ferrum/models';

/** Characters that are read for each token that is wanted, more than any language needs. */
const charactersPerToken = 16;
/** Tokens near the place where a text is cut may not be those of the whole text. */
const margin = 64;

/**
 * The first tokens of a text, as `encodePrefix` gives them. That reads a text up to the next white space, which in one of a
 * megabyte without any (Chinese, base64) is all of it, at 1 µs a character; here its start is tried first.
 */
export function encodeStart(tokenizer: Tokenizer, text: string, maxTokens: number): EncodedPrefix {
  const reach = (maxTokens + margin) * charactersPerToken;
  if (text.length > 2 * reach) {
    // A surrogate pair stays whole.
    const end = /[\uD800-\uDBFF]/.test(text.charAt(reach - 1)) ? reach - 1 : reach;
    const { ids } = tokenizer.encodePrefix(text.slice(0, end), maxTokens + margin);
    if (ids.length === maxTokens + margin) return { ids: ids.slice(0, maxTokens), isComplete: false };
  }
  return tokenizer.encodePrefix(text, maxTokens);
}
