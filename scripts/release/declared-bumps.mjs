// Which versions a working tree asks for, compared with a commit: by the changesets added since, or by versions already raised.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import parse from '@changesets/parse';
import semver from 'semver';
import { publicPackages } from './packages.mjs';

const order = ['none', 'patch', 'minor', 'major'];

export const isAtLeast = (bump, least) => order.indexOf(bump) >= order.indexOf(least);

/**
 * @returns {Map<string, { bump: string, sources: string[] }>} package → the largest bump that is asked for it, and by what
 * @throws when a changeset cannot be read, or names a package that is not published
 */
export function declaredBumps(root, reference) {
  const bumps = new Map();
  const raise = (name, bump, source) => {
    const { bump: known, sources } = bumps.get(name) ?? { bump: 'none', sources: [] };
    bumps.set(name, { bump: isAtLeast(known, bump) ? known : bump, sources: [...sources, source] });
  };
  const packages = publicPackages(root);
  for (const [file, text] of changesets(root)) {
    const releases = read(file, text);
    const unknown = releases.find(({ name }) => packages.every((item) => item.name !== name));
    if (unknown) throw new Error(`.changeset/${file} names ${unknown.name}, which is no package that is published.`);
    if (reference.read(`.changeset/${file}`) === text) continue;
    for (const { name, type } of releases) raise(name, type, `${type} by .changeset/${file}`);
  }
  // "changeset version" turns changesets into versions.
  for (const { name, manifest } of packages) {
    const before = reference.versions().get(name);
    if (before === undefined || !semver.gt(manifest.version, before)) continue;
    raise(name, semver.diff(before, manifest.version).replace('pre', ''), `${before} became ${manifest.version}`);
  }
  return bumps;
}

function changesets(root) {
  const folder = path.join(root, '.changeset');
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .sort()
    .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]);
}

function read(file, text) {
  try {
    return (parse.default ?? parse)(text).releases;
  } catch (error) {
    throw new Error(`.changeset/${file} is no changeset: ${error.message}`);
  }
}
