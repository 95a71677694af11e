import { ifPresent, parseShape, readJsonFile } from '@ferrum/models';
import * as v from 'valibot';
import type { EncodedPhonemes } from './speech-model.js';

/** Ids of the phonemes of Kokoro-82M, from `vocab` of the model's config.json (Apache-2.0). */
export const kokoroVocabulary: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ ';': 1, ':': 2, ',': 3, '.': 4, '!': 5, '?': 6, '—': 9, '…': 10, '"': 11, '(': 12, ')': 13, '“': 14, '”': 15 },
    ...{ ' ': 16, '\u0303': 17, ʣ: 18, ʥ: 19, ʦ: 20, ʨ: 21, ᵝ: 22, '\uab67': 23, A: 24, I: 25, O: 31, Q: 33, S: 35 },
    ...{ T: 36, W: 39, Y: 41, ᵊ: 42, a: 43, b: 44, c: 45, d: 46, e: 47, f: 48, h: 50, i: 51, j: 52, k: 53, l: 54 },
    ...{ m: 55, n: 56, o: 57, p: 58, q: 59, r: 60, s: 61, t: 62, u: 63, v: 64, w: 65, x: 66, y: 67, z: 68, ɑ: 69 },
    ...{ ɐ: 70, ɒ: 71, æ: 72, β: 75, ɔ: 76, ɕ: 77, ç: 78, ɖ: 80, ð: 81, ʤ: 82, ə: 83, ɚ: 85, ɛ: 86, ɜ: 87, ɟ: 90 },
    ...{ ɡ: 92, ɥ: 99, ɨ: 101, ɪ: 102, ʝ: 103, ɯ: 110, ɰ: 111, ŋ: 112, ɳ: 113, ɲ: 114, ɴ: 115, ø: 116, ɸ: 118 },
    ...{ θ: 119, œ: 120, ɹ: 123, ɾ: 125, ɻ: 126, ʁ: 128, ɽ: 129, ʂ: 130, ʃ: 131, ʈ: 132, ʧ: 133, ʊ: 135, ʋ: 136 },
    ...{ ʌ: 138, ɣ: 139, ɤ: 140, χ: 142, ʎ: 143, ʒ: 147, ʔ: 148, ˈ: 156, ˌ: 157, ː: 158, ʰ: 162, ʲ: 164 },
    ...{ '↓': 169, '→': 171, '↗': 172, '↘': 173, ᵻ: 177 },
  }),
);

const schema = v.object({ vocab: v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))) });

/** The vocabulary of a config.json, or Kokoro-82M's own where there is none. @throws FerrumError `InvalidFormat`, `IO`. */
export async function readKokoroVocabulary(file: string | undefined): Promise<ReadonlyMap<string, number>> {
  const config = file === undefined ? undefined : await ifPresent(readJsonFile(file));
  const hasVocabulary = typeof config === 'object' && config !== null && 'vocab' in config;
  if (!hasVocabulary || file === undefined) return kokoroVocabulary;
  return new Map(Object.entries(parseShape(schema, config, file).vocab));
}

/** Phonemes as Kokoro reads them: an id for each code point in NFC. */
export function encodeKokoroPhonemes(text: string, vocabulary: ReadonlyMap<string, number>): EncodedPhonemes {
  // Some letters with marks (ç) are whole in the vocabulary; of the others the letter and the mark count by themselves.
  const phonemes = [...text.normalize('NFC')]
    .map((letter) => (vocabulary.has(letter) ? letter : letter.normalize('NFD')))
    .join('');
  const ids: number[] = [];
  const places: number[] = [];
  const unknown = new Set<string>();
  let place = 0;
  for (const phoneme of phonemes) {
    const id = vocabulary.get(phoneme);
    if (id === undefined) unknown.add(phoneme);
    else {
      ids.push(id);
      places.push(place);
    }
    place += phoneme.length;
  }
  return { ids, places, phonemes, unknown: [...unknown] };
}
