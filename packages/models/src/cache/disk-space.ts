import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { errorCode, type HomeVariable } from './file-system-error.js';

/**
 * Fails before a long download rather than at its end.
 * @throws FerrumError `ResourceExhausted` with `neededBytes` and `freeBytes`.
 */
export async function ensureFreeSpace(
  directory: string,
  neededBytes: number,
  variable: HomeVariable = 'FERRUM_HOME',
): Promise<void> {
  const freeBytes = await freeSpace(directory);
  if (freeBytes === undefined || freeBytes >= neededBytes) return;
  throw new FerrumError(
    'ResourceExhausted',
    `${megabytes(neededBytes)} are needed in ${directory}, and its disk has ${megabytes(freeBytes)} free. ` +
      `Free some space, or set ${variable} to a folder on another disk.`,
    { details: { path: directory, neededBytes, freeBytes } },
  );
}

/** Bytes free to this user, or undefined where the file system does not say. */
async function freeSpace(directory: string): Promise<number | undefined> {
  for (let path = directory; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch (error) {
      // The folder may not have been made yet: its parent is on the same disk.
      if (errorCode(error) !== 'ENOENT' || dirname(path) === path) return undefined;
    }
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
