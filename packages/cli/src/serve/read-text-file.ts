import { readFile } from 'node:fs/promises';
import { configurationError } from './configuration-error.js';

/**
 * @param name What people call it.
 * @throws FerrumError `Config`
 */
export async function readTextFile(path: string, name: string): Promise<string> {
  try {
    // Editors on Windows put a mark before the first character.
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reason = code === 'ENOENT' ? 'there is no such file' : String(code ?? cause);
    throw configurationError(`${name} cannot be read: ${reason}.`, null, cause);
  }
}
