import type { ModelManifest } from '@ferrum/interfaces';
import type { RankedEngine, RegisteredEngine } from './resolution.js';

/** The manifest of a model that engines of the host say is their own, by its name or its scheme: no store knows it. */
export function ownModel(engines: readonly RegisteredEngine[], reference: string): ModelManifest | undefined {
  const named = engines.filter((engine) => isNamedBy(engine, reference));
  const owners = [...named, ...engines.filter((engine) => isPrefixedBy(engine, reference))];
  if (owners.length === 0) return undefined;
  const capabilities = [...new Set(owners.map(({ descriptor }) => descriptor.capability))];
  return { reference, ...(named.length > 0 && { name: reference }), capabilities };
}

/** Whether another engine would open a model that one of these says is its own: it needs a store that has the model. */
export function isTakenFromOwner(ranked: readonly RankedEngine[], reference: string): boolean {
  const [best] = ranked;
  if (best === undefined || best.score === 0 || isOwner(best, reference)) return false;
  return ranked.some((engine) => isOwner(engine, reference));
}

/** The ranking where only those may open the model that it belongs to; the others do not, for the reason. */
export function leftToOwners(
  ranked: readonly RankedEngine[],
  reference: string,
  reason: string,
): readonly RankedEngine[] {
  const owners = ranked.filter((engine) => isOwner(engine, reference));
  const others = ranked.filter((engine) => !isOwner(engine, reference));
  return [...owners, ...others.map((engine) => (engine.score === 0 ? engine : { ...engine, score: 0, reason }))];
}

function isOwner(engine: RegisteredEngine, reference: string): boolean {
  return isNamedBy(engine, reference) || isPrefixedBy(engine, reference);
}

function isNamedBy({ descriptor }: RegisteredEngine, reference: string): boolean {
  return descriptor.models?.includes(reference) === true;
}

function isPrefixedBy({ descriptor }: RegisteredEngine, reference: string): boolean {
  return descriptor.schemes?.some((scheme) => reference.startsWith(`${scheme}:`)) === true;
}
