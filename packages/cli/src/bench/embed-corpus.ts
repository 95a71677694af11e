/** The texts of `bench embed`: the same in every run, and those that Ferrum is compared with other programs on. */
export interface EmbedCorpus {
  /** 64 texts of 14 words. */
  readonly short: readonly string[];
  /** 8 texts of 126 words. */
  readonly long: readonly string[];
  /** 256 texts of 3 to 198 words, their lengths log-normal around 24. */
  readonly mixed: readonly string[];
}

export function embedCorpus(): EmbedCorpus {
  const random = mulberry32(7);
  const text = (words: number) => many(words, () => vocabulary[Math.floor(random() * vocabulary.length)]).join(' ');
  return {
    short: many(64, () => text(14)),
    long: many(8, () => text(126)),
    mixed: many(256, () => text(mixedLength(random))),
  };
}

/** Each is one token of BERT's uncased vocabulary: a text of n words has n + 2 tokens there. */
const vocabulary = (
  'the river runs past an old stone mill and a small town where people sell bread fish wool and painted chairs while ' +
  'children walk to school under tall trees before winter brings snow to every roof and the market closes early on ' +
  'dark days engineers measure the bridge doctors visit farms teachers read long letters and a quiet clerk counts ' +
  'silver coins by lamp light'
).split(' ');

/** In words. Normal deviates by Box and Muller 1958. */
function mixedLength(random: () => number): number {
  const deviate = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const words = Math.round(Math.exp(Math.log(24) + 0.9 * deviate));
  return Math.min(198, Math.max(3, words));
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32 by Tommy Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
