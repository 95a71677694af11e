import { constants } from 'node:fs';
import { access, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { examineGraphs } from './graphs.js';
import type { HomeReport } from './report.js';

/** Looks at the folder for models, and at what was converted, without making either. */
export async function examineHome(path: string, cacheDirectory: string): Promise<HomeReport> {
  const exists = await isFolder(path);
  const nearest = exists ? path : await nearestExisting(dirname(path));
  const [writable, freeBytes, graphs] = await Promise.all([
    exists ? canWrite(path) : canCreateIn(path, nearest),
    freeSpace(nearest),
    examineGraphs(cacheDirectory),
  ]);
  return { path, exists, writable, ...(freeBytes !== undefined && { freeBytes }), graphs };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function nearestExisting(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  return stat(path).then(
    () => path,
    () => nearestExisting(parent),
  );
}

/** Tries it: permissions alone say nothing about read-only file systems and access control lists. */
async function canWrite(folder: string): Promise<boolean> {
  try {
    const probe = await mkdtemp(join(folder, '.doctor-'));
    await rm(probe, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

async function canCreateIn(path: string, nearest: string): Promise<boolean> {
  // Something that is no folder stands where the folder, or one above it, has to be.
  if (!(await isFolder(nearest))) return false;
  const occupied = await stat(path).then(
    () => true,
    () => false,
  );
  if (occupied) return false;
  return access(nearest, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function freeSpace(path: string): Promise<number | undefined> {
  return statfs(path).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
}
