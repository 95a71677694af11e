import { FerrumError } from '@ferrum/registry/errors';
import { distance } from 'fastest-levenshtein';

/**
 * Whisper's languages: code to English name, in the order of their tokens. Codes are ISO 639-1 where there is one; `jw`
 * stands for Javanese, whose code is now `jv`. Only large-v3 and its kin know the last one, `yue`. Radford et al. 2022, appendix E.
 */
export const languageNames: ReadonlyMap<string, string> = new Map([
  ['en', 'english'],
  ['zh', 'chinese'],
  ['de', 'german'],
  ['es', 'spanish'],
  ['ru', 'russian'],
  ['ko', 'korean'],
  ['fr', 'french'],
  ['ja', 'japanese'],
  ['pt', 'portuguese'],
  ['tr', 'turkish'],
  ['pl', 'polish'],
  ['ca', 'catalan'],
  ['nl', 'dutch'],
  ['ar', 'arabic'],
  ['sv', 'swedish'],
  ['it', 'italian'],
  ['id', 'indonesian'],
  ['hi', 'hindi'],
  ['fi', 'finnish'],
  ['vi', 'vietnamese'],
  ['he', 'hebrew'],
  ['uk', 'ukrainian'],
  ['el', 'greek'],
  ['ms', 'malay'],
  ['cs', 'czech'],
  ['ro', 'romanian'],
  ['da', 'danish'],
  ['hu', 'hungarian'],
  ['ta', 'tamil'],
  ['no', 'norwegian'],
  ['th', 'thai'],
  ['ur', 'urdu'],
  ['hr', 'croatian'],
  ['bg', 'bulgarian'],
  ['lt', 'lithuanian'],
  ['la', 'latin'],
  ['mi', 'maori'],
  ['ml', 'malayalam'],
  ['cy', 'welsh'],
  ['sk', 'slovak'],
  ['te', 'telugu'],
  ['fa', 'persian'],
  ['lv', 'latvian'],
  ['bn', 'bengali'],
  ['sr', 'serbian'],
  ['az', 'azerbaijani'],
  ['sl', 'slovenian'],
  ['kn', 'kannada'],
  ['et', 'estonian'],
  ['mk', 'macedonian'],
  ['br', 'breton'],
  ['eu', 'basque'],
  ['is', 'icelandic'],
  ['hy', 'armenian'],
  ['ne', 'nepali'],
  ['mn', 'mongolian'],
  ['bs', 'bosnian'],
  ['kk', 'kazakh'],
  ['sq', 'albanian'],
  ['sw', 'swahili'],
  ['gl', 'galician'],
  ['mr', 'marathi'],
  ['pa', 'punjabi'],
  ['si', 'sinhala'],
  ['km', 'khmer'],
  ['sn', 'shona'],
  ['yo', 'yoruba'],
  ['so', 'somali'],
  ['af', 'afrikaans'],
  ['oc', 'occitan'],
  ['ka', 'georgian'],
  ['be', 'belarusian'],
  ['tg', 'tajik'],
  ['sd', 'sindhi'],
  ['gu', 'gujarati'],
  ['am', 'amharic'],
  ['yi', 'yiddish'],
  ['lo', 'lao'],
  ['uz', 'uzbek'],
  ['fo', 'faroese'],
  ['ht', 'haitian creole'],
  ['ps', 'pashto'],
  ['tk', 'turkmen'],
  ['nn', 'nynorsk'],
  ['mt', 'maltese'],
  ['sa', 'sanskrit'],
  ['lb', 'luxembourgish'],
  ['my', 'myanmar'],
  ['bo', 'tibetan'],
  ['tl', 'tagalog'],
  ['mg', 'malagasy'],
  ['as', 'assamese'],
  ['tt', 'tatar'],
  ['haw', 'hawaiian'],
  ['ln', 'lingala'],
  ['ha', 'hausa'],
  ['ba', 'bashkir'],
  ['jw', 'javanese'],
  ['su', 'sundanese'],
  ['yue', 'cantonese'],
]);

/**
 * The code of a language written as a code (`en`), an English name (`Spanish`) or another name of it (`Castilian`), in any
 * case. Throws `InvalidParameter` naming what may have been meant.
 */
export function parseLanguage(text: string): string {
  const wanted = text.trim().toLowerCase();
  const code = languageNames.has(wanted) ? wanted : codesByName.get(wanted);
  if (code !== undefined) return code;
  throw new FerrumError(
    'InvalidParameter',
    `${JSON.stringify(text)} is not a language that Whisper knows.${suggestion(wanted)} Write a code such as "en" or an English name such as "english", or leave it out to have it detected.`,
    { details: { parameter: 'language' } },
  );
}

/** Other names, and codes that Whisper writes otherwise. */
const aliases: readonly (readonly [string, string])[] = [
  ['burmese', 'my'],
  ['valencian', 'ca'],
  ['flemish', 'nl'],
  ['haitian', 'ht'],
  ['letzeburgesch', 'lb'],
  ['pushto', 'ps'],
  ['panjabi', 'pa'],
  ['moldavian', 'ro'],
  ['moldovan', 'ro'],
  ['sinhalese', 'si'],
  ['castilian', 'es'],
  ['mandarin', 'zh'],
  ['jv', 'jw'],
  ['nb', 'no'],
];

const codesByName: ReadonlyMap<string, string> = new Map([
  ...[...languageNames].map(([code, name]) => [name, code] as const),
  ...aliases,
]);

/** At most a third of what was written may have to change; of a code, one letter. */
function suggestion(wanted: string): string {
  const near = [...codesByName.keys(), ...languageNames.keys()]
    .map((name) => ({ name, distance: distance(wanted, name) }))
    .filter((candidate) => candidate.distance <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => (languageNames.has(name) ? `"${name}" (${languageNames.get(name)})` : `"${name}"`));
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}
