import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { throwIfAborted } from '@ferrum/registry/errors';
import { flushTree, renameDurably } from './durable.js';
import { isEntryWhole, writeEntryRecord } from './entry-record.js';
import { errorCode, fileSystemError, isSystemError } from './file-system-error.js';
import { bytesBelow } from './list-tree.js';
import { withLock } from './lock.js';

export interface CacheEntryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process is building the same entry. */
  readonly onWait?: (() => void) | undefined;
  /** Absolute paths of the files that the entry is derived from: removing their model removes the entry. */
  readonly sources?: readonly string[] | undefined;
}

/**
 * Makes sure that a folder of the cache exists, whole. `build` fills a temporary folder beside it, which gets its name
 * in one step: whoever sees the folder sees all of it. Of several processes one builds and the others wait for it; what
 * a killed one left behind is removed. `build` must not block the event loop for 10 s, or its lock goes stale.
 * The folder's `entry.json` lists the files with their sizes; an entry that no longer matches it is built anew.
 * @returns the folder's absolute path
 * @throws FerrumError `ResourceExhausted` (disk full), `PermissionDenied`, `IO`, `Cancelled`; or what `build` throws.
 */
export async function ensureCacheEntry(
  directory: string,
  build: (temporaryDirectory: string, signal: AbortSignal) => Promise<void>,
  options: CacheEntryOptions = {},
): Promise<string> {
  const entry = resolve(directory);
  throwIfAborted(options.signal, `Building ${entry}`);
  if ((await isFolder(entry)) && (await isEntryWhole(entry))) return entry;
  await withLock(lockOf(entry), { ...options, what: entry }, async (signal) => {
    const found = await isFolder(entry);
    if (found && (await isEntryWhole(entry))) return;
    const temporary = temporaryName(entry);
    try {
      if (found) await rename(entry, temporaryName(entry));
      await removeLeftovers(entry);
      await mkdir(temporary);
      await build(temporary, signal);
      throwIfAborted(signal, `Building ${entry}`);
      await writeEntryRecord(temporary, options.sources?.map((source) => resolve(source)) ?? []);
      await flushTree(temporary);
      await renameDurably(temporary, entry);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
      throwIfAborted(signal, `Building ${entry}`);
      // Only the file system's own errors are translated; a mistake in `build` keeps its type and its stack.
      throw isSystemError(error) ? fileSystemError(error, entry, `write the cache entry ${entry}`) : error;
    }
  });
  return entry;
}

/** Deletes an entry, after a build of it that is under way. @returns the bytes freed */
export async function removeCacheEntry(directory: string): Promise<number> {
  const entry = resolve(directory);
  return await withLock(lockOf(entry), { what: entry }, async () => {
    if (!(await isFolder(entry))) return 0;
    try {
      const freedBytes = await bytesBelow(entry);
      // In one step out of the way, so that nobody takes what is half deleted for whole.
      await rename(entry, temporaryName(entry));
      await removeLeftovers(entry);
      return freedBytes;
    } catch (error) {
      throw fileSystemError(error, entry, `remove the cache entry ${entry}`);
    }
  });
}

/** Whether a name in a folder of entries is an entry's, and not a lock's or an unfinished build's. */
export function isEntryName(name: string): boolean {
  return !name.endsWith(lockMark) && !name.includes(temporaryMark);
}

const temporaryMark = '.tmp-';
const lockMark = '.lock';

function lockOf(entry: string): string {
  return `${entry}${lockMark}`;
}

function temporaryName(entry: string): string {
  return `${entry}${temporaryMark}${randomBytes(6).toString('hex')}`;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw fileSystemError(error, path, `open the cache entry ${path}`);
  }
  throw fileSystemError({ code: 'ENOTDIR' }, path, `open the cache entry ${path}`);
}

/** Called under the lock, so whatever has the mark is being removed or belongs to a process that is gone. */
async function removeLeftovers(entry: string): Promise<void> {
  const prefix = basename(entry) + temporaryMark;
  for (const name of await readdir(dirname(entry))) {
    if (name.startsWith(prefix)) await rm(join(dirname(entry), name), { recursive: true, force: true });
  }
}
