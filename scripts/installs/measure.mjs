import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @returns bytes of the files in a folder, links not followed */
export function bytesOf(directory) {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) bytes += bytesOf(file);
    else if (entry.isFile()) bytes += lstatSync(file).size;
  }
  return bytes;
}

/** @returns name and folder of every package in a node_modules, those in a package's own included; links not followed */
export function packagesIn(nodeModules) {
  return readdirSync(nodeModules, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory() || (entry.name.startsWith('.') && entry.name !== '.pnpm')) return [];
    const folder = path.join(nodeModules, entry.name);
    if (entry.name === '.pnpm') {
      return readdirSync(folder).flatMap((each) => {
        const inner = path.join(folder, each, 'node_modules');
        return each === 'node_modules' || !isFolder(inner) ? [] : packagesIn(inner);
      });
    }
    return entry.name.startsWith('@') ? packagesIn(folder) : onePackage(folder);
  });
}

function onePackage(folder) {
  const inner = path.join(folder, 'node_modules');
  const nested = isFolder(inner) ? packagesIn(inner) : [];
  try {
    const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return [{ name, version, folder }, ...nested];
  } catch {
    return nested;
  }
}

function isFolder(file) {
  return lstatSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
