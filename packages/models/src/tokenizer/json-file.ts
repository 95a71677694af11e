import { readFile } from 'node:fs/promises';
import { FerrumError } from '@ferrum/registry/errors';

/** Throws `NotFound`, `IO`, or `InvalidFormat` when the file is not JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFile(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `${path} is not valid JSON (truncated?). Fetch it again.`, {
      cause,
      details: { path },
    });
  }
}

/** UTF-8. Throws `NotFound` or `IO`. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
    throw new FerrumError(missing ? 'NotFound' : 'IO', missing ? `There is no ${path}.` : `${path} cannot be read.`, {
      cause,
      details: { path },
    });
  }
}

/** Undefined when the file does not exist. */
export async function ifPresent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (FerrumError.isInstance(error) && error.code === 'NotFound') return undefined;
    throw error;
  }
}
