import { distance } from 'fastest-levenshtein';

/** Up to three of the names that are like the one asked for, the nearest first. */
export function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const lower = wanted.toLowerCase();
  return names
    .map((name) => ({ name, unlikeness: unlikeness(lower, name.toLowerCase()) }))
    .filter(({ unlikeness: far }) => far <= Math.max(2, wanted.length / 2))
    .sort((a, b) => a.unlikeness - b.unlikeness)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** A part of a name (`heart` of `af_heart`) is near it. */
function unlikeness(wanted: string, name: string): number {
  return wanted.length >= 3 && name.split(/[_-]/).includes(wanted) ? 0.5 : distance(wanted, name);
}
