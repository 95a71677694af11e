/** What a package.json says of its licence; undefined when it says nothing. */
export function licenceOf({ license, licenses }: Readonly<Record<string, unknown>>): string | undefined {
  // Old packages have `{ "type": "MIT" }`, or a list of them to choose from.
  const named = [license, ...(Array.isArray(licenses) ? licenses : [])].map((entry) =>
    typeof entry === 'object' && entry !== null && 'type' in entry ? entry.type : entry,
  );
  return named.filter((text) => typeof text === 'string' && text !== '').join(' OR ') || undefined;
}

/**
 * Whether a licence, an SPDX expression, asks for no more than to be named. An expression too intricate to tell is taken for
 * one that asks for more.
 */
export function isPermissive(licence: string): boolean {
  const names = licence.replace(/^\(([^()]*)\)$/, '$1').split(/\s+(OR|AND)\s+/);
  const licences = names.filter((_, index) => index % 2 === 0);
  const isChoice = names.length > 1 && names.every((word, index) => index % 2 === 0 || word === 'OR');
  return isChoice ? licences.some(isListed) : licences.every(isListed);
}

function isListed(name: string): boolean {
  return permissive.has(name.trim());
}

/** Identifiers of https://spdx.org/licenses that the Blue Oak Council calls permissive, as far as npm packages have them. */
const permissive: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);
