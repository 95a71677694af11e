import { copyFile, mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { renameDurably } from '../cache/durable.js';
import { errorCode } from '../cache/file-system-error.js';
import { listTree } from '../cache/list-tree.js';

/**
 * One repository in the cache that huggingface_hub and others share:
 * `blobs/<object id>` holds the bytes, `snapshots/<commit>/<file>` links to them, `refs/<revision>` names the commit.
 * https://huggingface.co/docs/hub/local-cache
 */
export class HubCacheRepository {
  readonly directory: string;
  /** Beside the locks of huggingface_hub, whose kind Node cannot take. */
  readonly lockPath: string;

  constructor(cache: string, repository: string) {
    const folder = `models--${repository.replaceAll('/', '--')}`;
    this.directory = join(cache, folder);
    this.lockPath = join(cache, '.locks', folder, 'ferrum.lock');
  }

  snapshotDirectory(commit: string): string {
    return join(this.directory, 'snapshots', commit);
  }

  blobPath(objectId: string): string {
    return join(this.directory, 'blobs', objectId);
  }

  /** Not `<id>.incomplete`, which huggingface_hub may be writing at the same time. */
  partialPath(objectId: string): string {
    return join(this.directory, 'blobs', `${objectId}.ferrum.incomplete`);
  }

  /** The commit that a revision was at when last asked for; a commit is its own. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (/^[0-9a-f]{40}$/.test(revision)) return revision;
    const text = await readFile(join(this.directory, 'refs', revision), 'utf8').catch(() => '');
    return /^[0-9a-f]{40}$/.test(text.trim()) ? text.trim() : undefined;
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    if (revision === commit) return;
    const path = join(this.directory, 'refs', revision);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, commit);
  }

  /** Names of the files that a snapshot has whole: links that lead nowhere are left out. */
  async snapshotFiles(commit: string): Promise<readonly string[]> {
    const names: string[] = [];
    for (const { name, path } of await listTree(this.snapshotDirectory(commit))) {
      if ((await sizeOf(path)) !== undefined) names.push(name);
    }
    return names;
  }

  /** Whether the file is in the snapshot, or its bytes among the blobs. */
  async has(commit: string, name: string, objectId: string, sizeBytes: number): Promise<boolean> {
    const candidates = [join(this.snapshotDirectory(commit), name), this.blobPath(objectId)];
    for (const path of candidates) if ((await sizeOf(path)) === sizeBytes) return true;
    return false;
  }

  /** Makes a whole download a blob. */
  async adopt(objectId: string): Promise<void> {
    await renameDurably(this.partialPath(objectId), this.blobPath(objectId));
  }

  /** Makes the file appear in the snapshot. @returns its path there */
  async link(commit: string, name: string, objectId: string): Promise<string> {
    const path = join(this.snapshotDirectory(commit), name);
    if ((await sizeOf(path)) !== undefined) return path;
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    const blob = this.blobPath(objectId);
    try {
      await symlink(relative(dirname(path), blob), path);
    } catch (error) {
      // Windows allows links only to some users; huggingface_hub keeps a copy in the snapshot there, and so do we.
      if (errorCode(error) !== 'EPERM') throw error;
      await copyFile(blob, `${path}.incomplete`);
      await rename(`${path}.incomplete`, path);
      await rm(blob);
    }
    return path;
  }

  /** Removes a file from a snapshot, and its blob unless another snapshot has it. @returns the bytes freed */
  async unlink(commit: string, name: string): Promise<number> {
    const path = join(this.snapshotDirectory(commit), name);
    const sizeBytes = (await sizeOf(path)) ?? 0;
    const target = await readlink(path).catch(() => undefined);
    await rm(path, { force: true });
    if (target === undefined) return sizeBytes;
    const objectId = basename(target);
    if (await this.#isLinked(objectId)) return 0;
    await rm(this.blobPath(objectId), { force: true });
    return sizeBytes;
  }

  /** Removes the snapshot's folders when nothing is left in them. */
  async prune(commit: string): Promise<void> {
    const root = this.snapshotDirectory(commit);
    if ((await listTree(root)).length === 0) await rm(root, { recursive: true, force: true });
  }

  async #isLinked(objectId: string): Promise<boolean> {
    for (const { isLink, path } of await listTree(join(this.directory, 'snapshots'))) {
      if (isLink && basename(await readlink(path)) === objectId) return true;
    }
    return false;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}
