import type { CatalogueSource } from '../catalogue/catalogue-entry.js';
import { parseReference } from '../sources/reference.js';

/** Writes a catalogue's source as a line of text; several files of one package or folder as that and their number. */
export function describeSource(source: CatalogueSource): string {
  if (typeof source === 'string') return source;
  const byOrigin = new Map<string, Set<string>>();
  for (const text of Object.values(source.files).flat()) {
    const origin = originOf(text);
    byOrigin.set(origin, (byOrigin.get(origin) ?? new Set()).add(text));
  }
  return [...byOrigin]
    .map(([origin, texts]) => (texts.size > 1 ? `${origin} (${texts.size} files)` : [...texts].join()))
    .join(' + ');
}

/** The package that a file is taken from, or the folder of a URL. */
function originOf(text: string): string {
  const reference = parseReference(text);
  if (reference.kind === 'https') return new URL('.', reference.url).href;
  if (reference.kind !== 'npm' && reference.kind !== 'pypi') return text;
  const { kind, name, version } = reference;
  return `${kind}:${name}${version === undefined ? '' : `@${version}`}`;
}
