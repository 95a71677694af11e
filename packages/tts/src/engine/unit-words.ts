import type { EncodedPhonemes } from '../voices/speech-model.js';
import { alignWords } from './align-words.js';
import type { UnitWord } from './speech-unit.js';

/** A word of the text and how it is spoken. */
export interface SourceWord {
  readonly source: string;
  readonly spoken: string;
  /** How many sounds each of its spoken parts has by itself; estimated from its letters where it is not known. */
  readonly sounds?: readonly number[];
}

/** The words of which something spoken consists. */
export function spokenParts(spoken: string): string[] {
  return spoken.split(/[\s-]+/).filter((part) => speakable.test(part));
}

/** Of each word of phonemes. */
export function soundsOfWords(phonemes: string): number[] {
  return phonemeWords(phonemes).map(({ sounds }) => sounds);
}

/**
 * Which ids say which word of the text.
 * @param offset added to all ids, when the phonemes are a part of a unit
 */
export function unitWords(words: readonly SourceWord[], encoded: EncodedPhonemes, offset: number): UnitWord[] {
  const said = words.filter(({ spoken }) => speakable.test(spoken));
  const spoken = said.flatMap((word, index) =>
    spokenParts(word.spoken).map((part, at) => ({ index, letters: word.sounds?.[at] ?? lettersOf(part) })),
  );
  const phonemes = phonemeWords(encoded.phonemes);
  const matches = alignWords(
    spoken.map(({ letters }) => letters),
    phonemes.map(({ sounds }) => sounds),
    said.every(({ sounds }) => sounds !== undefined),
  );
  return said.flatMap((word, index) => {
    const own = matches.filter((_, part) => spoken[part]?.index === index);
    const first = phonemes[own[0]?.first ?? -1];
    const last = phonemes[(own.at(-1)?.end ?? 0) - 1];
    if (!first || !last) return [];
    const ids = idsBetween(encoded, first.start, last.end);
    return ids && word.source !== ''
      ? [{ word: bare(word.source), first: ids.first + offset, end: ids.end + offset }]
      : [];
  });
}

const speakable = /[\p{L}\p{N}]/u;

/** A digit is read as a word of about four sounds. */
function lettersOf(text: string): number {
  let letters = 0;
  for (const character of text) letters += /\p{N}/u.test(character) ? 4 : speakable.test(character) ? 1 : 0;
  return letters;
}

/** Without the marks around it: `“Stop!”` is Stop, `$45.50` stays. */
function bare(source: string): string {
  const inner = source.replace(/^[\p{P}\s]+|(?:(?!%)[\p{P}\s])+$/gu, '');
  return inner === '' ? source : inner;
}

interface PhonemeWord {
  readonly start: number;
  readonly end: number;
  readonly sounds: number;
}

function phonemeWords(phonemes: string): PhonemeWord[] {
  return [...phonemes.matchAll(/\S+/gu)].flatMap((found) => {
    // Stress, length and a glide are marks of a sound, not sounds.
    const sounds = (found[0].match(/(?![ˈˌːʲ])\p{L}/gu) ?? []).length;
    // The silence of a mark is no part of the word.
    const end = found.index + found[0].replace(/\p{P}+$/u, '').length;
    return sounds === 0 ? [] : [{ start: found.index, end, sounds }];
  });
}

function idsBetween(
  { places }: EncodedPhonemes,
  start: number,
  end: number,
): { first: number; end: number } | undefined {
  const first = places.findIndex((place) => place >= start && place < end);
  if (first < 0) return undefined;
  let last = first;
  for (let index = first; index < places.length; index += 1) {
    const place = places[index] as number;
    if (place >= end) break;
    last = index;
  }
  return { first, end: last + 1 };
}
