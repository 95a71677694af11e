/**
 * A language as a code of ISO 639-1: servers say `english`, or `en`. One whose name is in no list stays as it is.
 */
export function languageCode(language: string): string {
  const name = language.trim().toLowerCase();
  return name.length <= 3 ? name : (codes().get(name) ?? name);
}

let known: ReadonlyMap<string, string> | undefined;

/** Codes by English names in lower case, as Unicode's CLDR has them; and where Whisper has another name, by that. */
function codes(): ReadonlyMap<string, string> {
  if (known !== undefined) return known;
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const pairs = letters.flatMap((first) => letters.map((second) => first + second)).concat('haw', 'yue');
  const named = pairs.flatMap((code): [string, string][] => {
    const name = names.of(code);
    return name === undefined || name === code ? [] : [[name.toLowerCase(), code]];
  });
  // The first code wins: later ones are old, or of the same language.
  known = new Map([...named.reverse(), ...whisper]);
  return known;
}

const whisper: readonly (readonly [string, string])[] = [
  ['burmese', 'my'],
  ['castilian', 'es'],
  ['flemish', 'nl'],
  ['haitian creole', 'ht'],
  ['haitian', 'ht'],
  ['letzeburgesch', 'lb'],
  ['mandarin', 'zh'],
  ['moldavian', 'ro'],
  ['moldovan', 'ro'],
  ['myanmar', 'my'],
  ['nynorsk', 'nn'],
  ['panjabi', 'pa'],
  ['pushto', 'ps'],
  ['sinhalese', 'si'],
  ['tagalog', 'tl'],
  ['valencian', 'ca'],
];
