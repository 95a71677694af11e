// The packages of the workspace that are published.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @returns {{ name: string, shortName: string, folder: string, manifest: any }[]} sorted by name; `folder` is absolute,
 * `shortName` is the name without its scope
 */
export function publicPackages(root) {
  return (
    ['packages', 'plugins']
      .map((parent) => path.join(root, parent))
      .filter((parent) => existsSync(parent))
      .flatMap((parent) => readdirSync(parent).map((name) => path.join(parent, name)))
      // A package that another branch had leaves its ignored files behind.
      .filter((folder) => existsSync(path.join(folder, 'package.json')))
      .map((folder) => describe(folder))
      .filter(({ manifest }) => manifest.private !== true)
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  );
}

/**
 * What can be imported from a package: `{ specifier: '@ferrum/registry/errors', types: 'dist/errors.d.ts' }`; `types` is
 * undefined where there are none.
 */
export function entryPoints({ name, manifest }) {
  return Object.entries(manifest.exports ?? {})
    .filter(([subpath]) => subpath !== './package.json')
    .map(([subpath, { types }]) => ({
      specifier: path.posix.join(name, subpath),
      types: types && path.normalize(types),
    }));
}

function describe(folder) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return { name: manifest.name, shortName: manifest.name.split('/').at(-1), folder, manifest };
}
