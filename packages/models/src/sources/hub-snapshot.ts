import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { readJson } from '../cache/read-json.js';
import { findConfig } from './companion-files.js';
import type { HubSettings } from './hub-api.js';
import { HubCacheRepository } from './hub-cache.js';
import { selectHubFiles } from './hub-files.js';
import type { HubReference } from './reference.js';
import { speechCompanionsIn } from './speech-files.js';

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
  if (names.includes('modules.json') && !(await hasModules(directory, names))) return undefined;
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
    const hasTokenizer = selected.some((name) => /(^|\/)(tokenizer\.(json|model)|vocab\.(json|txt))$/.test(name));
    const hasConfig = findConfig(selected) !== undefined;
    // Where no file was named, the one voice of a collection that is here would look like the whole of it.
    const isSpeech = reference.file !== undefined && speechCompanionsIn(selected, reference.file).length > 0;
    const whole = shards.length === shardCount && (isGguf || isSpeech || (hasTokenizer && hasConfig));
    return whole ? selected : undefined;
  } catch {
    return undefined;
  }
}

const modulesSchema = v.array(v.object({ path: v.optional(v.string(), ''), type: v.string() }));

/** Whether every module of sentence-transformers is there; only normalisation needs no file. */
async function hasModules(directory: string, names: readonly string[]): Promise<boolean> {
  const modules = v.safeParse(modulesSchema, await readJson(join(directory, 'modules.json')));
  if (!modules.success) return false;
  return modules.output.every(
    ({ path, type }) => path === '' || type.endsWith('.Normalize') || names.some((name) => name.startsWith(`${path}/`)),
  );
}
