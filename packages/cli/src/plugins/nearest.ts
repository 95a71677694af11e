import { distance } from 'fastest-levenshtein';

/** The name that was probably meant; undefined when none is near. */
export function nearestOf(text: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, edits: distance(text, name) }))
    .filter(({ name, edits }) => edits <= Math.max(2, Math.min(text.length, name.length) / 3))
    .sort((a, b) => a.edits - b.edits);
  return best?.name;
}
