export interface WordTokens {
  /** With its leading space, if any. */
  readonly word: string;
  readonly tokens: readonly number[];
}

/**
 * Groups text tokens into words, as openai/whisper does it: in a language written without spaces a word is the fewest
 * tokens that make whole characters; elsewhere it goes on until a space or a punctuation mark. The words' tokens, joined,
 * are all tokens in their order, also where their bytes are no valid UTF-8. `decode` gives U+FFFD for such bytes.
 */
export function splitWords(
  textTokens: readonly number[],
  language: string,
  decode: (ids: readonly number[]) => string,
): WordTokens[] {
  const characters = splitCharacters(textTokens, decode);
  return languagesWithoutSpaces.has(language) ? characters : joinWords(characters);
}

const languagesWithoutSpaces: ReadonlySet<string> = new Set(['zh', 'ja', 'th', 'lo', 'my', 'yue']);
const asciiPunctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const replacement = '\uFFFD';

function splitCharacters(textTokens: readonly number[], decode: (ids: readonly number[]) => string): WordTokens[] {
  const whole = decode(textTokens);
  const groups: WordTokens[] = [];
  let tokens: number[] = [];
  let offset = 0;
  for (const token of textTokens) {
    tokens.push(token);
    const word = decode(tokens);
    const index = word.indexOf(replacement);
    // A replacement character that the whole text has too stands for bytes that no later token completes.
    if (index >= 0 && whole[offset + index] !== replacement) continue;
    groups.push({ word, tokens });
    tokens = [];
    offset += word.length;
  }
  if (tokens.length > 0) groups.push({ word: decode(tokens), tokens });
  return groups;
}

function joinWords(groups: readonly WordTokens[]): WordTokens[] {
  const words: { word: string; tokens: number[] }[] = [];
  for (const { word, tokens } of groups) {
    const last = words.at(-1);
    // White space alone counts as punctuation, and so do several marks in the order of the list, as in the original.
    if (last === undefined || word.startsWith(' ') || asciiPunctuation.includes(word.trim())) {
      words.push({ word, tokens: [...tokens] });
    } else {
      last.word += word;
      last.tokens.push(...tokens);
    }
  }
  return words;
}
