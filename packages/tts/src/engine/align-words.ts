/** Which phoneme words, from `first` up to before `end`, say a spoken word or several. */
export interface WordMatch {
  readonly first: number;
  readonly end: number;
}

/** More than this many words are never run together, or one word read as. */
const most = 6;

/**
 * Matches the words of a text to words of phonemes, in order. Mostly there is one for one; but espeak-ng runs small words
 * together ("of the" is ʌvðə) and reads others as several ("221B"). The cheapest matching is taken, in which a word
 * costs the difference between its letters and its phonemes.
 *
 * @param words lengths of the spoken words, in letters
 * @param phonemes lengths of the words of phonemes
 * @param isKnown whether the lengths of the words are those of their sounds, and not estimated
 * @returns for each spoken word the phoneme words that say it; several words may share them
 */
export function alignWords(words: readonly number[], phonemes: readonly number[], isKnown = false): WordMatch[] {
  if (phonemes.length === 0) return words.map(() => ({ first: 0, end: 0 }));
  if (words.length === phonemes.length && !isKnown) return words.map((_, index) => ({ first: index, end: index + 1 }));
  const columns = phonemes.length + 1;
  const costs = new Float64Array((words.length + 1) * columns).fill(Number.POSITIVE_INFINITY);
  const steps = new Int8Array((words.length + 1) * columns * 2);
  costs[0] = 0;
  // Where there are far more of one kind than of the other, runs may be longer.
  const ratio = Math.ceil(Math.max(words.length / phonemes.length, phonemes.length / Math.max(words.length, 1)));
  const reach = Math.min(127, Math.max(most, 2 * ratio));
  for (let w = 0; w < words.length; w += 1) {
    for (let p = 0; p < phonemes.length; p += 1) {
      const cost = costs[w * columns + p] as number;
      if (!Number.isFinite(cost)) continue;
      const relax = (takenWords: number, takenPhonemes: number, letters: number, sounds: number) => {
        const at = (w + takenWords) * columns + p + takenPhonemes;
        const next = cost + Math.abs(letters - sounds) + (takenWords + takenPhonemes - 2) * 0.5;
        if (next >= (costs[at] as number)) return;
        costs[at] = next;
        steps[2 * at] = takenWords;
        steps[2 * at + 1] = takenPhonemes;
      };
      let sounds = 0;
      for (let taken = 1; taken <= reach && p + taken <= phonemes.length; taken += 1) {
        sounds += phonemes[p + taken - 1] as number;
        relax(1, taken, words[w] as number, sounds);
      }
      let letters = words[w] as number;
      for (let taken = 2; taken <= reach && w + taken <= words.length; taken += 1) {
        letters += words[w + taken - 1] as number;
        relax(taken, 1, letters, phonemes[p] as number);
      }
    }
  }
  return readBack(words.length, phonemes.length, steps, costs);
}

function readBack(words: number, phonemes: number, steps: Int8Array, costs: Float64Array): WordMatch[] {
  const columns = phonemes + 1;
  const matches: WordMatch[] = new Array(words);
  let w = words;
  let p = phonemes;
  if (!Number.isFinite(costs[w * columns + p] as number)) {
    // Nothing fits, which no reading of a text comes to: spread evenly.
    return Array.from({ length: words }, (_, index) => ({
      first: Math.floor((index * phonemes) / words),
      end: Math.max(Math.floor(((index + 1) * phonemes) / words), Math.floor((index * phonemes) / words) + 1),
    }));
  }
  while (w > 0) {
    const at = w * columns + p;
    const takenWords = steps[2 * at] as number;
    const takenPhonemes = steps[2 * at + 1] as number;
    for (let index = w - takenWords; index < w; index += 1) matches[index] = { first: p - takenPhonemes, end: p };
    w -= takenWords;
    p -= takenPhonemes;
  }
  return matches;
}
