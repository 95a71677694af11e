import type { EncodedPrefix, Tokenizer } from '@ferrum/models';

/** Characters that are read for each token that is wanted: first more than any language needs, then what is never exceeded. */
const charactersPerToken = { usual: 16, most: 256 };
/** Tokens near the place where a text is cut may not be those of the whole text. */
const margin = 64;

/**
 * The first tokens of a text, as `encodePrefix` gives them. That reads a text up to the next white space, which in one of a
 * megabyte without any (Chinese, base64) is all of it, at 1 µs a character; here its start is tried first. Where that has too few
 * tokens (words of a thousand letters, which are one unknown token each) more is read, but no more than 256 characters for each
 * token: what comes later counts as cut off, so that no text holds the event loop up.
 */
export function encodeStart(tokenizer: Tokenizer, text: string, maxTokens: number): EncodedPrefix {
  const wanted = maxTokens + margin;
  if (text.length > 2 * wanted * charactersPerToken.usual) {
    const { ids } = tokenizer.encodePrefix(start(text, wanted * charactersPerToken.usual), wanted);
    if (ids.length === wanted) return { ids: ids.slice(0, maxTokens), isComplete: false };
  }
  const read = start(text, wanted * charactersPerToken.most);
  const { ids, isComplete } = tokenizer.encodePrefix(read, maxTokens);
  return { ids, isComplete: isComplete && read.length === text.length };
}

/** So many characters at the most; a surrogate pair stays whole. */
function start(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length);
}
