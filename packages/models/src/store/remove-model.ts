import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { removeCacheEntry } from '../cache/cache-entry.js';
import { findDerivedEntries } from '../cache/derived-entries.js';
import { fileSystemError } from '../cache/file-system-error.js';
import { withLock } from '../cache/lock.js';
import { HubCacheRepository } from '../sources/hub-cache.js';
import { readInstalledModel } from './installed-model.js';
import { type ModelFolder, type ModelRecord, readRecord } from './model-folder.js';
import type { StoreSettings } from './settings.js';

/**
 * Deletes a model's folder, its files in the hub's cache that nobody else needs, and what engines made of either.
 * @returns the bytes freed
 */
export async function removeModel(folder: ModelFolder, settings: StoreSettings, what: string): Promise<number> {
  const graphs = join(settings.home, graphsFolder);
  const { freedBytes, derived } = await withLock(folder.lockPath, { what }, async () => {
    try {
      const record = await readRecord(folder.directory);
      // Looked for while the model's files are there to be compared.
      const derived = await findDerivedEntries(graphs, await sourcesOf(folder, record));
      const own = record?.hub === undefined ? ((await readInstalledModel(folder.directory))?.sizeBytes ?? 0) : 0;
      await folder.remove();
      const shared = record?.hub === undefined ? 0 : await removeFromHubCache(record, record.hub, folder, settings);
      return { freedBytes: own + shared, derived };
    } catch (error) {
      throw fileSystemError(error, folder.directory, `remove ${what}`);
    }
  });
  // Not under the model's lock, as an entry's own may have to be waited for. Should this be interrupted, entries whose
  // sources have gone go with the next model.
  let derivedBytes = 0;
  for (const entry of derived) derivedBytes += await removeCacheEntry(entry);
  return freedBytes + derivedBytes;
}

/** Where engines keep what they convert, below the store's `cacheDirectory`. */
const graphsFolder = 'graphs';

/** What may have been converted for this model alone: its folder, and its files in the hub's cache. */
async function sourcesOf(folder: ModelFolder, record: ModelRecord | undefined): Promise<readonly string[]> {
  if (record?.hub === undefined) return [folder.directory];
  const { commit, directory } = record.hub;
  const needed = await filesOfOthers(folder, commit);
  return record.files.filter(({ name }) => !needed.has(name)).map(({ name }) => join(directory, name));
}

async function removeFromHubCache(
  record: ModelRecord,
  { repository, commit }: NonNullable<ModelRecord['hub']>,
  folder: ModelFolder,
  settings: StoreSettings,
): Promise<number> {
  const needed = await filesOfOthers(folder, commit);
  const cached = new HubCacheRepository(settings.hub.cache, repository);
  return await withLock(cached.lockPath, { what: `hf:${repository}`, variable: 'HF_HOME' }, async () => {
    let freedBytes = 0;
    for (const file of record.files) {
      if (file.downloaded === true && !needed.has(file.name)) freedBytes += await cached.unlink(commit, file.name);
    }
    await cached.prune(commit);
    return freedBytes;
  });
}

/** Names of the commit's files that other pulled models use. */
async function filesOfOthers(folder: ModelFolder, commit: string): Promise<ReadonlySet<string>> {
  const models = dirname(folder.directory);
  const names = new Set<string>();
  for (const name of await readdir(models)) {
    if (name === basename(folder.directory)) continue;
    const record = await readRecord(join(models, name));
    if (record?.hub?.commit === commit) for (const file of record.files) names.add(file.name);
  }
  return names;
}
