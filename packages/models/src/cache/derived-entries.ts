import { readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isEntryName } from './cache-entry.js';
import { readEntryRecord } from './entry-record.js';

/**
 * The entries in a folder of the cache that were derived from any of these files or folders, and those whose sources are
 * all gone. Paths are compared as they really are, as files of the hub's cache are links.
 * @returns the entries' folders
 */
export async function findDerivedEntries(directory: string, sources: readonly string[]): Promise<readonly string[]> {
  const origins = (await Promise.all(sources.map(realPath))).flatMap((path) => path ?? []);
  const names = (await readdir(directory).catch(() => [])).filter(isEntryName);
  const derived: string[] = [];
  for (const name of names) {
    const recorded = (await readEntryRecord(join(directory, name)))?.sources ?? [];
    const found = (await Promise.all(recorded.map(realPath))).flatMap((path) => path ?? []);
    const isOrphan = recorded.length > 0 && found.length === 0;
    if (isOrphan || found.some((path) => origins.some((origin) => isWithin(path, origin)))) {
      derived.push(join(directory, name));
    }
  }
  return derived;
}

async function realPath(path: string): Promise<string | undefined> {
  return await realpath(path).catch(() => undefined);
}

function isWithin(path: string, origin: string): boolean {
  return path === origin || path.startsWith(origin.endsWith(sep) ? origin : origin + sep);
}
