import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';

/** One package to download with its ecosystem's own tool. Name and version come from `parseReference`, which checked them. */
export interface PackageDownload {
  readonly name: string;
  readonly version?: string | undefined;
  /** Empty, and of this package alone. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onBytes: (completed: number) => void;
}

/** The one file that a tool should have left in its output folder. */
export async function onlyFile(directory: string, extension: string, what: string): Promise<string> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(extension));
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new FerrumError('Network', `${what} left ${names.length} files ending in ${extension}, expected one.`);
  }
  return join(directory, name);
}
