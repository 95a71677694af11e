import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubSettings } from './hub-api.js';
import { HubCacheRepository } from './hub-cache.js';
import { selectHubFiles } from './hub-files.js';
import type { HubReference } from './reference.js';

/** Files of one commit in the hub's cache. */
export interface HubSnapshot {
  readonly repository: string;
  readonly commit: string;
  readonly directory: string;
  readonly files: readonly HubSnapshotFile[];
}

export interface HubSnapshotFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256?: string;
  /** False when the cache had it already. */
  readonly downloaded: boolean;
}

/** What the hub's cache has of a model without asking the hub: from Ferrum or any other program that shares the cache. */
export async function findInHubCache(hub: HubSettings, reference: HubReference): Promise<HubSnapshot | undefined> {
  const cached = new HubCacheRepository(hub.cache, reference.repository);
  const commit = await cached.commitOf(reference.revision ?? 'main');
  if (commit === undefined) return undefined;
  const names = wholeModel(reference, await cached.snapshotFiles(commit));
  if (names === undefined) return undefined;
  const directory = cached.snapshotDirectory(commit);
  const files = await Promise.all(
    names.map(async (name) => ({ name, sizeBytes: (await stat(join(directory, name))).size, downloaded: false })),
  );
  return { repository: reference.repository, commit, directory, files };
}

/** The model's files when the snapshot has all of them: other programs may have fetched only a part. */
function wholeModel(reference: HubReference, names: readonly string[]): readonly string[] | undefined {
  try {
    const selected = selectHubFiles(reference.repository, names, reference.file);
    const shards = selected.filter((name) => /-\d{5}-of-\d{5}\.safetensors$/.test(name));
    const shardCount = Number(/-of-(\d{5})\./.exec(shards[0] ?? '')?.[1] ?? shards.length);
    const isGguf = selected.every((name) => /\.gguf$/i.test(name));
    const hasTokenizer = selected.some((name) => /^(tokenizer\.(json|model)|vocab\.(json|txt))$/.test(name));
    const whole = shards.length === shardCount && (isGguf || (hasTokenizer && selected.includes('config.json')));
    return whole ? selected : undefined;
  } catch {
    return undefined;
  }
}
