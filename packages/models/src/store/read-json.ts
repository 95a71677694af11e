import { readFile } from 'node:fs/promises';
import { FerrumError } from '@ferrum/registry/errors';

/** Reads a file of a model. @throws FerrumError `InvalidFormat`. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `${path} cannot be read as JSON.`, { cause, details: { path } });
  }
}
