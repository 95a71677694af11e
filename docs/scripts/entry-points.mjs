// What the API reference describes: the entry points of every package that is published.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** @returns name as it is imported (`@ferrum/registry/errors`), source file, and folder of the package, from the root */
export function entryPoints() {
  return packageFolders().flatMap((folder) => {
    const { name, exports, private: isPrivate } = manifestOf(folder);
    if (isPrivate) return [];
    return Object.entries(exports)
      .filter(([, target]) => typeof target === 'object')
      .map(([subpath, target]) => ({
        name: path.posix.join(name, subpath),
        source: `${folder}/${target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')}`,
        folder,
      }));
  });
}

function packageFolders() {
  return ['packages', 'plugins'].flatMap((parent) =>
    readdirSync(path.join(root, parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(path.join(root, folder, 'package.json'))),
  );
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
}
