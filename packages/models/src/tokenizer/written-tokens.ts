import type { Library } from './library.js';

/**
 * Keeps the library from taking text for an added token that is only found as it is written, when the whole text becomes
 * that token by being normalized: `<MASK>` is no `<mask>` where texts are lower-cased.
 */
export function findOnlyAsWritten(library: Library): void {
  const cut = library.splitter_normalized;
  // The library looks up each text among all added tokens, by its identity; as an object, a text is not found there.
  const hide = (text: string) =>
    library.added_tokens_map.get(text)?.normalized === false ? (new String(text) as string) : text;
  library.splitter_normalized = { split: (text) => cut.split(text).map(hide) };
}
