import { distance } from 'fastest-levenshtein';
import { auxiliaryModels } from './auxiliary.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { embeddingModels } from './embedding.js';
import { rerankingModels } from './reranking.js';
import { speechModels } from './speech.js';
import { textGenerationModels } from './text-generation.js';
import { transcriptionModels } from './transcription.js';

/** Every model that Ferrum knows by name. */
export const catalogue: readonly CatalogueEntry[] = [
  ...textGenerationModels,
  ...embeddingModels,
  ...rerankingModels,
  ...transcriptionModels,
  ...speechModels,
  ...auxiliaryModels,
];

/** Finds an entry by its name, in any case. */
export function findCatalogueEntry(entries: readonly CatalogueEntry[], name: string): CatalogueEntry | undefined {
  const wanted = name.toLowerCase();
  return entries.find((entry) => entry.name.toLowerCase() === wanted);
}

/**
 * The names that may have been meant by this one, best first; at most three. At most a third of what was written may have
 * to change, unless the family (`smollm2` in `smollm2:135m`) is right.
 */
export function nearestNames(entries: readonly CatalogueEntry[], name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return entries
    .map((entry) => ({ name: entry.name, distance: unlikeness(wanted, entry.name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .filter((candidate) => candidate.distance <= wanted.length / 3 || familyOf(candidate.name) === familyOf(wanted))
    .slice(0, 3)
    .map((candidate) => candidate.name);
}

/**
 * Edit distance; a name without its variant (`smollm2`) is close to every variant, and a part of a variant (`whisper:turbo`)
 * to those that have it (`whisper:large-v3-turbo`).
 */
function unlikeness(wanted: string, name: string): number {
  const isPart = familyOf(wanted) === familyOf(name) && variantOf(name).split('-').includes(variantOf(wanted));
  if (isPart) return 0.5;
  return Math.min(distance(wanted, name), distance(wanted, familyOf(name)) + 0.5);
}

function familyOf(name: string): string {
  return name.split(':', 1)[0] ?? name;
}

function variantOf(name: string): string {
  return name.split(':')[1] ?? '';
}
