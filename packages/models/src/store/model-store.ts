import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalModel, ModelManifest, ModelStore, PullOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { errorCode, fileSystemError } from '../cache/file-system-error.js';
import { catalogue } from '../catalogue/catalogue.js';
import type { CatalogueEntry } from '../catalogue/catalogue-entry.js';
import { findInHubCache } from '../sources/hub-snapshot.js';
import { describeSource } from './describe-source.js';
import { type InstalledModel, readInstalledModel } from './installed-model.js';
import { openLocalPath } from './local-path.js';
import { createManifest, type FilesOnDisk } from './manifest.js';
import { filesDirectory, ModelFolder } from './model-folder.js';
import { type ModelPull, pullModel } from './pull-model.js';
import { removeModel } from './remove-model.js';
import { type PulledReference, resolveReference } from './resolve-reference.js';
import { type ModelStoreSettings, readSettings } from './settings.js';

/** The models on this machine's disk, and those that the catalogue and the sources can bring there. */
export interface FerrumModelStore extends ModelStore {
  readonly id: '@ferrum/models';
  /** The folder of everything that Ferrum keeps, absolute. */
  readonly home: string;
  readonly offline: boolean;
  readonly catalogue: readonly CatalogueEntry[];
  /** Every model that was pulled, unfinished pulls included, in the order of their references. */
  list(): Promise<readonly InstalledModel[]>;
  /** All that is known of a model, without the network. @throws FerrumError `NotFound`; see `inspect`. */
  show(reference: string): Promise<ModelDetails>;
  /**
   * Deletes a model's files; those in the hub's cache only if Ferrum put them there and no other model has them. What
   * engines converted from them goes too (entries of `<cacheDirectory>/graphs`), as do conversions without sources.
   * @throws FerrumError `NotFound` when it was not pulled, `RequestValidation` for a local path, `PermissionDenied`.
   */
  remove(reference: string): Promise<{ readonly freedBytes: number }>;
}

export interface ModelDetails {
  readonly manifest: ModelManifest;
  /** Where it can be had, in order of preference; empty for a local path. */
  readonly sources: readonly string[];
  readonly files: readonly ModelFileDetails[];
  readonly installed?: InstalledModel;
}

export interface ModelFileDetails {
  readonly name: string;
  readonly sizeBytes?: number;
  readonly sha256?: string;
  /** Absolute, once it is on this machine. */
  readonly path?: string;
}

export interface ModelStoreOptions extends ModelStoreSettings {
  /** In place of Ferrum's own. */
  readonly catalogue?: readonly CatalogueEntry[];
}

/** Makes a store. The disk is not touched before a method is called. @throws FerrumError `Config`. */
export function createModelStore(options: ModelStoreOptions = {}): FerrumModelStore {
  const settings = readSettings(options);
  const entries = options.catalogue ?? catalogue;
  const { home, offline } = settings;

  async function pull(reference: string, pullOptions: PullOptions = {}): Promise<LocalModel> {
    const resolved = await resolveReference(reference, entries);
    if (resolved.kind === 'path') return await openLocalPath(reference, resolved.path, resolved.isFolder);
    const plan = planOf(home, resolved);
    const record = await pullModel(plan, settings, pullOptions);
    const directory = filesDirectory(plan.folder.directory, record);
    return {
      manifest: await createManifest(reference, resolved, { directory, files: record.files }),
      directory,
      files: Object.fromEntries(record.files.map(({ name }) => [name, join(directory, name)])),
    };
  }

  async function inspect(reference: string): Promise<ModelManifest> {
    const resolved = await resolveReference(reference, entries);
    if (resolved.kind === 'path') return (await openLocalPath(reference, resolved.path, resolved.isFolder)).manifest;
    return await createManifest(reference, resolved, await findOnDisk(planOf(home, resolved), resolved));
  }

  async function findOnDisk({ folder }: ModelPull, resolved: PulledReference): Promise<FilesOnDisk | undefined> {
    const record = await folder.readWhole();
    if (record !== undefined) return { directory: filesDirectory(folder.directory, record), files: record.files };
    const isHub = resolved.kind === 'source' && resolved.source.kind === 'hf';
    return isHub ? await findInHubCache(settings.hub, resolved.source) : undefined;
  }

  async function list(): Promise<readonly InstalledModel[]> {
    const folder = join(home, 'models');
    const names = await readdir(folder).catch((error: unknown): readonly string[] => {
      if (errorCode(error) === 'ENOENT') return [];
      throw fileSystemError(error, folder, `list the models in ${folder}`);
    });
    const models = await Promise.all(names.map((name) => readInstalledModel(join(folder, name))));
    return models.flatMap((model) => model ?? []).sort((a, b) => (a.reference < b.reference ? -1 : 1));
  }

  async function show(reference: string): Promise<ModelDetails> {
    const resolved = await resolveReference(reference, entries);
    if (resolved.kind === 'path') {
      const { manifest, files } = await openLocalPath(reference, resolved.path, resolved.isFolder);
      return { manifest, sources: [], files: Object.entries(files).map(([name, path]) => ({ name, path })) };
    }
    const plan = planOf(home, resolved);
    const onDisk = await findOnDisk(plan, resolved);
    const installed = await readInstalledModel(plan.folder.directory);
    return {
      manifest: await createManifest(reference, resolved, onDisk),
      sources: plan.sources.map(describeSource),
      files: onDisk?.files.map((file) => ({ ...file, path: join(onDisk.directory, file.name) })) ?? plan.expected,
      ...(installed === undefined ? {} : { installed }),
    };
  }

  async function remove(reference: string): Promise<{ readonly freedBytes: number }> {
    const resolved = await resolveReference(reference, entries);
    if (resolved.kind === 'path') {
      throw new FerrumError('RequestValidation', `${resolved.path} is your own: Ferrum deletes only what it pulled.`);
    }
    const { folder, key } = planOf(home, resolved);
    if ((await readInstalledModel(folder.directory)) === undefined) {
      throw new FerrumError('NotFound', `${key} has not been pulled, so there is nothing to remove.`, {
        details: { reference: key },
      });
    }
    return { freedBytes: await removeModel(folder, settings, key) };
  }

  return {
    id: '@ferrum/models',
    cacheDirectory: home,
    ...{ home, offline, catalogue: entries },
    ...{ inspect, pull, list, show, remove },
  };
}

let sharedStore: FerrumModelStore | undefined;

/** The store that the environment asks for (FERRUM_HOME, FERRUM_OFFLINE, HF_ENDPOINT, HF_TOKEN, HF_HOME), one a process. */
export function defaultModelStore(): FerrumModelStore {
  sharedStore ??= createModelStore();
  return sharedStore;
}

function planOf(home: string, resolved: PulledReference): ModelPull {
  const folder = new ModelFolder(home, resolved.key);
  return resolved.kind === 'entry'
    ? { key: resolved.key, folder, sources: resolved.entry.sources, expected: resolved.entry.files ?? [] }
    : { key: resolved.key, folder, sources: [resolved.key], expected: [] };
}
