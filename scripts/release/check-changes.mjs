// Do the changesets fit what changed in the exports? A breaking change asks for a major of its package (a minor while it is
// 0.x), anything new for a minor (a patch while 0.x).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compareReports } from './compare-reports.mjs';
import { declaredBumps, isAtLeast } from './declared-bumps.mjs';
import { publicPackages } from './packages.mjs';
import { openReference } from './reference.mjs';

const none = { bump: 'none', sources: [] };

/**
 * Compares the API reports of a working tree with those of a commit.
 *
 * @param {string | undefined} since see `openReference`
 * @returns {{ isFitting: boolean, lines: string[] }}
 * @throws when the commit, a report or a changeset cannot be read
 */
export function checkChanges(root, since) {
  const reference = openReference(root, since);
  if (reference === undefined) return nothing('there is no origin/main and no release.');
  const before = reference.list('api').filter((file) => file.endsWith('.api.md'));
  if (before.length === 0) return nothing(`there are no API reports at ${reference.name}.`);

  const changes = changesByPackage(root, before, reference);
  const bumps = declaredBumps(root, reference);
  const known = new Set(publicPackages(root).map(({ name }) => name));
  const lines = [];
  let isFitting = true;
  for (const [name, found] of changes) {
    const isBreaking = found.some(({ kind }) => kind === 'breaking');
    const needed = neededBump(isBreaking, reference.versions().get(name));
    const { bump, sources } = known.has(name) ? (bumps.get(name) ?? none) : largest(bumps);
    const fits = isAtLeast(bump, needed);
    isFitting &&= fits;
    const given = sources.length === 0 ? 'and no changeset names it' : `has ${sources.join(', ')}`;
    lines.push(`${fits ? '' : 'NOT ENOUGH '}${name}: needs ${needed} or more, ${given}`);
    lines.push(...found.map(({ kind, what }) => `    ${kind}: ${what}`));
  }
  lines.push(
    isFitting
      ? `Exports since ${reference.name}: of ${changes.size} packages changed, and the changesets fit.`
      : 'Add a changeset ("npm run changeset") that tells users, or take the change back. The rules: docs/releasing.md.',
  );
  return { isFitting, lines };
}

const nothing = (reason) => ({ isFitting: true, lines: [`Exports: nothing to compare with: ${reason}`] });

/** @returns {Map<string, { kind: string, what: string }[]>} only packages whose exports changed */
function changesByPackage(root, before, reference) {
  const folder = path.join(root, 'api');
  const now = (existsSync(folder) ? readdirSync(folder) : []).filter((file) => file.endsWith('.api.md'));
  const changes = new Map();
  for (const file of [...new Set([...before, ...now.map((name) => `api/${name}`)])].sort()) {
    const old = before.includes(file) ? reference.read(file) : undefined;
    const current = now.includes(path.basename(file)) ? readFileSync(path.join(root, file), 'utf8') : undefined;
    if (old === current) continue;
    const [, specifier, name] = /^# ((@[^/\s]+\/[^/\s]+)\S*)/.exec(current ?? old) ?? [];
    if (name === undefined)
      throw new Error(`${file} does not begin with the name of an entry point. Run "npm run api".`);
    const found = compareReports(old, current).map(({ kind, what }) => ({ kind, what: `${specifier}: ${what}` }));
    if (found.length > 0) changes.set(name, [...(changes.get(name) ?? []), ...found]);
  }
  return changes;
}

/** As npm's ^ reads versions: ^0.1.0 takes 0.1.9 and not 0.2.0. */
function neededBump(isBreaking, version) {
  const isZero = version === undefined || version.startsWith('0.');
  if (isBreaking) return isZero ? 'minor' : 'major';
  return isZero ? 'patch' : 'minor';
}

/** No changeset can name a package that is gone, so any will do that is large enough. */
function largest(bumps) {
  return [...bumps.values()].reduce((one, other) => (isAtLeast(one.bump, other.bump) ? one : other), none);
}
