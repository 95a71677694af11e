/** Bits of a clause's terminator, from espeak-ng's translate.h: the pause is in units of 10 ms. */
const pauseBits = 0xfff;
const intonationBits = 0x7000;
const spaceIsOptional = 0x8000;
const isEndOfText = 0x1_0000;
const isEllipsis = 0x20_0000;

/** By pause and intonation; a pause of 40 or more ends a sentence. */
const marks: Readonly<Record<string, string>> = {
  '20,1': ',',
  '30,0': ':',
  '30,1': ';',
  '40,0': '.',
  '40,2': '?',
  '40,3': '!',
};

/**
 * A clause as Piper writes it: without the names of languages that espeak-ng puts in parentheses where it changes to
 * another one, and with the punctuation that ended it. Empty when there are no phonemes in it.
 *
 * @param raw phonemes in IPA with `_` between them
 * @param terminator how the clause ended
 * @param voice identifier of the voice that speaks it
 */
export function formatClause(raw: string, terminator: number, voice: string): string {
  const phonemes = withGlides(raw, voice)
    .replace(/_/g, '')
    .replace(/\([^)]+\)/g, '');
  return phonemes.trim() === '' ? '' : phonemes + markOf(terminator);
}

/** Voices without the glide, and voices without it between words, where others have a phoneme without letters too. */
const withoutGlide: ReadonlySet<string> = new Set(['bat/ltg', 'bat/lv']);
const withoutLinking: ReadonlySet<string> = new Set(
  (
    'aav/vi aav/vi-VN-x-central aav/vi-VN-x-south art/eo art/io art/jbo art/py bnt/sw bnt/tn gmq/da grk/grc itc/la ' +
    'poz/mi roa/it sai/gn sit/cmn sit/cmn-Latn-pinyin sit/yue sit/yue-Latn-jyutping zle/ru-LV'
  ).split(' '),
);

/**
 * This build has the glide of 1.52.0 ("she asked", ʃiːʲ ˈæskt; "idea", aɪdˈiːʲə), but no name for it: it shows as a
 * phoneme without letters after i, iː or ɪ and before a vowel.
 */
function withGlides(raw: string, voice: string): string {
  if (withoutGlide.has(voice)) return raw;
  return raw.replace(withoutLinking.has(voice) ? glideInWord : glide, 'ʲ');
}

const glideInWord = /(?<=[iɪ]ː?)_(?=_[ˈˌ]?[aɑæɐeɛəɜɚiɪɨᵻoɔøœʊuʉʌy])/g;
const glide = /(?<=[iɪ]ː?)_(?=[ _][ˈˌ]?[aɑæɐeɛəɜɚiɪɨᵻoɔøœʊuʉʌy])/g;

function markOf(terminator: number): string {
  if (terminator & isEndOfText) return '';
  const pause = Math.min(terminator & pauseBits, 40);
  const intonation = (terminator & intonationBits) >> 12;
  // An ellipsis, or a sign such as ¿ that opens the next clause.
  if (pause === 30 && terminator & spaceIsOptional && (intonation === 1 || terminator & isEllipsis)) return '';
  return marks[`${pause},${intonation}`] ?? '';
}
