const sentences = [
  'The ferry leaves at seven and comes back before dark.',
  'Nobody had watered the tomatoes for a week.',
  'A new bridge was built over the river in spring.',
  'She plays the cello better than her teacher did.',
  'Prices of bread and milk went up again.',
];

/** So many texts of so many words each, no two alike. */
export function manyTexts(count: number, words: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => textOf(words, index));
}

/** From one word to a hundred, in no order of length. */
export function mixedTexts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => textOf(1 + ((index * 37) % 100), index));
}

function textOf(words: number, seed: number): string {
  const all = Array.from({ length: 1 + Math.ceil(words / 5) }, (_, at) => sentences[(seed + at) % sentences.length]);
  return `${seed} ${all.join(' ').split(' ').slice(0, words).join(' ')}`;
}
