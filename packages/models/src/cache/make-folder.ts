import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { errorCode, fileSystemError, type HomeVariable } from './file-system-error.js';

/**
 * Makes a folder and those it is in. Node's own `recursive` says ENOENT of a read-only disk, and never returns below
 * folders like /proc that are there and yet take no new ones.
 * @throws FerrumError `PermissionDenied`, `ResourceExhausted`, `IO`; with the variable that moves the folder.
 */
export async function makeFolder(path: string, variable: HomeVariable = 'FERRUM_HOME'): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    const doing = `create the folder ${path}`;
    if (errorCode(error) !== 'ENOENT') throw fileSystemError(error, path, doing, variable);
    throw new FerrumError(
      'PermissionDenied',
      `Could not ${doing}: its place takes no folders (ENOENT). Set ${variable} to a folder that you may write.`,
      { cause: error, details: { path, systemCode: 'ENOENT' } },
    );
  }
}

async function makeFolders(path: string): Promise<void> {
  const failure = await makeOne(path);
  if (failure === undefined) return;
  if (errorCode(failure) !== 'ENOENT' || dirname(path) === path) throw failure;
  await makeFolders(dirname(path));
  const again = await makeOne(path);
  if (again !== undefined) throw again;
}

/** @returns why there is no such folder now, if there is none */
async function makeOne(path: string): Promise<unknown> {
  try {
    await mkdir(path);
    return undefined;
  } catch (error) {
    const found = await stat(path).catch(() => undefined);
    return found?.isDirectory() ? undefined : error;
  }
}
