import { resolve } from 'node:path';
import type { ServeConfig } from '@ferrum/server';
import { configurationError } from './configuration-error.js';
import { readTextFile } from './read-text-file.js';
import { apiKeyArgument } from './serve-settings.js';

/**
 * A key, or `sha256:` and its hash in hexadecimal, on each line; empty lines and lines that begin with # count for nothing.
 *
 * @throws FerrumError `Config` when it cannot be read or holds no key: a server that was to have keys must not go without.
 */
export async function readApiKeyFile(file: string, folder: string): Promise<NonNullable<ServeConfig['apiKeys']>> {
  const text = await readTextFile(resolve(folder, file), file);
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(apiKeyArgument);
  if (keys.length > 0) return keys;
  throw configurationError(`${file} holds no API key. Write one on a line, or do without the file.`, 'apiKeys');
}
