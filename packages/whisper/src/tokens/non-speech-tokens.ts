/**
 * Tokens that write what nobody says: notes, brackets, speaker names, markup. Ascending. The list of openai/whisper, made
 * anew from its symbols, because ids differ between the vocabularies.
 */
export function findNonSpeechTokens(encode: (text: string) => readonly number[]): number[] {
  const found = new Set<number>();
  const add = (text: string, firstOfMany: boolean) => {
    const [first, ...others] = encode(text);
    if (first !== undefined && (firstOfMany || others.length === 0)) found.add(first);
  };
  // Hyphens and apostrophes stand inside words, where they are kept, but do not start one.
  for (const text of [' -', " '"]) add(text, true);
  for (const symbol of [...characters, ...sequences]) for (const text of [symbol, ` ${symbol}`]) add(text, false);
  // Of the musical signs (U+2640 to U+267F), whose UTF-8 bytes start alike, the first token is enough.
  for (const symbol of musicalSigns) for (const text of [symbol, ` ${symbol}`]) add(text, true);
  return [...found].sort((a, b) => a - b);
}

const characters = [...'"#()*+/:;<=>@[\\]^_`{|}~「」『』'];
const sequences = '<< >> <<< >>> -- --- -( -[ (\' (" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪'.split(' ');
const musicalSigns = [...'♩♪♫♬♭♮♯'];
