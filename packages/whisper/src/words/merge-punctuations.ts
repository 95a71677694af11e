import type { AlignedWord } from './align-words.js';

/** Joined to the word after them; the default of openai/whisper. */
export const defaultPrependPunctuations = '"\'“¿([{-';
/** Joined to the word before them; the default of openai/whisper. */
export const defaultAppendPunctuations = '"\'.。,，!！?？:：”)]}、';

/**
 * Joins punctuation that was split off as a word to its neighbour, which keeps its times and probability. A mark is in a
 * list when the list contains its text, so that a word of white space alone is joined to the next one.
 */
export function mergePunctuations(words: readonly AlignedWord[], prepended: string, appended: string): AlignedWord[] {
  return joinBackwards(joinForwards(words, prepended), appended);
}

/** ` (` and `word` become ` (word`. */
function joinForwards(words: readonly AlignedWord[], prepended: string): AlignedWord[] {
  const joined: AlignedWord[] = [];
  for (const word of [...words].reverse()) {
    const following = joined.at(-1);
    if (following !== undefined && word.word.startsWith(' ') && prepended.includes(word.word.trim())) {
      joined[joined.length - 1] = join(word, following, following);
    } else {
      joined.push(word);
    }
  }
  return joined.reverse();
}

/** `word` and `.` become `word.`. */
function joinBackwards(words: readonly AlignedWord[], appended: string): AlignedWord[] {
  const joined: AlignedWord[] = [];
  for (const word of words) {
    const previous = joined.at(-1);
    if (previous !== undefined && !previous.word.endsWith(' ') && appended.includes(word.word)) {
      joined[joined.length - 1] = join(previous, word, previous);
    } else {
      joined.push(word);
    }
  }
  return joined;
}

function join(left: AlignedWord, right: AlignedWord, kept: AlignedWord): AlignedWord {
  return { ...kept, word: left.word + right.word, tokens: [...left.tokens, ...right.tokens] };
}
